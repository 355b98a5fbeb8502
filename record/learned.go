package record

import (
	"strconv"
	"strings"
	"time"
)

// LearnedKind is a kind of what the abuse detection learns about the application.
type LearnedKind string

// The kinds.
const (
	LearnedOwn      LearnedKind = "own"       // what the application answers
	LearnedBroken   LearnedKind = "broken"    // dead links: what people ask for in vain
	LearnedWrites   LearnedKind = "writes"    // parameters in which people write markup or SQL
	LearnedLogin    LearnedKind = "login"     // paths at which people log in
	LearnedCatchAll LearnedKind = "catch-all" // answers that the application gives to everything
)

// LearnedKinds are all kinds, in the order of lists.
var LearnedKinds = []LearnedKind{LearnedOwn, LearnedBroken, LearnedWrites, LearnedLogin, LearnedCatchAll}

// LearnedItem is something that the abuse detection takes for true about the
// application, or that a person says.
type LearnedItem struct {
	Kind LearnedKind `json:"kind"`
	Text string      `json:"text"`
	// Holds is false only if a person says so.
	Holds bool `json:"holds"`
	// Learned means that it would hold without a person.
	Learned bool `json:"learned"`
	// Teachers is from how many clients it was learned; 3 stands for three or more.
	Teachers int `json:"teachers,omitempty"`
	// Confirmed means that one of them was confirmed by a login.
	Confirmed bool `json:"confirmed,omitempty"`
	// First and Last are when it was seen, to the hour.
	First time.Time `json:"first,omitzero"`
	Last  time.Time `json:"last,omitzero"`
	// Corrected means that a person says whether it holds.
	Corrected bool `json:"corrected"`
	// Flags are the ids of the false positives that taught it.
	Flags []string `json:"flags,omitempty"`
}

// In returns the item with its times in a time zone.
func (i LearnedItem) In(loc *time.Location) LearnedItem {
	if !i.First.IsZero() {
		i.First = i.First.In(loc)
	}
	if !i.Last.IsZero() {
		i.Last = i.Last.In(loc)
	}
	return i
}

// LearnedList is a part of what is learned.
type LearnedList struct {
	Items []LearnedItem `json:"learned"`
	// Total is how many items match.
	Total int `json:"total"`
	// Mature means that the application is known well enough for bans of clients
	// that ask for what may be its own.
	Mature bool `json:"mature"`
}

// Correction is what a person says about the application.
type Correction struct {
	Kind LearnedKind `json:"kind"`
	Text string      `json:"text"`
	// Holds is whether it is so.
	Holds bool `json:"holds"`
}

// Check refuses a correction without a kind or a text. A path without a method is one
// that is read. The error is a [*ParamError].
func (c *Correction) Check() error {
	known := false
	for _, k := range LearnedKinds {
		known = known || k == c.Kind
	}
	if !known {
		return Invalid("kind", string(c.Kind), NotOneOf, joinWords(LearnedKinds))
	}
	c.Text = strings.TrimSpace(c.Text)
	switch {
	case c.Text == "":
		return Invalid("text", "", EmptyValue)
	case len(c.Text) > MaxText:
		return Invalid("text", c.Text, TooManyBytes, strconv.Itoa(MaxText))
	}
	if strings.HasPrefix(c.Text, "/") && (c.Kind == LearnedOwn || c.Kind == LearnedBroken || c.Kind == LearnedWrites) {
		c.Text = "read " + c.Text
	}
	return nil
}
