package record

import (
	"encoding/json"
	"regexp"
	"time"
)

// Outcomes of an event.
const (
	OutcomeSuccess = "success"
	OutcomeFailure = "failure"
	OutcomeDenied  = "denied"
)

// CategoryGatebook is reserved for Gatebook's own entries: applications cannot
// write it.
const CategoryGatebook = "gatebook"

// CategoryLogin is the category of login events, which the login rules count.
const CategoryLogin = "login"

// CategoryGlobal is where entries go that belong to no object, rejected events
// among them.
const CategoryGlobal = "global"

var categoryName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,31}$`)

// ValidCategory reports whether name may name a category.
func ValidCategory(name string) bool { return categoryName.MatchString(name) }

// Marks say what was unusual about how an event came in. They are shown beside
// the entry and are no part of its content.
const (
	MarkNoID      = "no_id"          // the application sent none: Gatebook made one
	MarkSkew      = "skew"           // time is more than 5 min ahead or 7 d behind
	MarkLate      = "late"           // stored after its response had been released
	MarkConflict  = "conflict"       // the id was used before with other content
	MarkLatin1    = "latin1"         // the header was read as ISO 8859-1
	MarkMIME      = "mime"           // the header was an RFC 2047 encoded word
	MarkNoAction  = "action_dropped" // the action's link left the site
	MarkRejected  = "rejected"       // stands for an event that was refused
	MarkTrailer   = "trailer"        // came in a trailer
	MarkNoOutcome = "no_outcome"     // outcome was derived from the status
	MarkDamaged   = "damaged"        // a part of it was lost on the disk
)

// Event is one entry of the application log: what somebody did, as the
// application told it.
type Event struct {
	// Seq is given by the store; it grows with every entry.
	Seq uint64 `json:"seq"`
	// ID is the application's name for the event: storing the same one again
	// stores nothing.
	ID string `json:"id"`
	// Time is when it happened, Received when the gate read it.
	Time     time.Time `json:"time"`
	Received time.Time `json:"received"`
	Category string    `json:"category"`
	// Type is noun.verb, such as "booking.created".
	Type    string   `json:"type,omitempty"`
	Subject *Subject `json:"subject,omitempty"`
	Text    string   `json:"text,omitempty"`
	// Key and Params stand in for Text where the viewer's language chooses
	// the sentence.
	Key    string            `json:"key,omitempty"`
	Params map[string]string `json:"params,omitempty"`
	// Impersonal lists the fields that name nobody and survive anonymization.
	Impersonal []string `json:"impersonal,omitempty"`
	// Initiator is who did it; nil means the system itself.
	Initiator *Initiator `json:"initiator,omitempty"`
	// Persons are ids of other people whom it concerns.
	Persons []string        `json:"persons,omitempty"`
	Action  *Action         `json:"action,omitempty"`
	Outcome string          `json:"outcome,omitempty"`
	Changes []Change        `json:"changes"`
	Details json.RawMessage `json:"details"`
	// Until is when the business object ends; anonymization counts from the
	// later of Time and Until.
	Until      time.Time `json:"until,omitzero"`
	Anonymized bool      `json:"anonymized"`

	// Ext holds the keys that docs/event-header.md does not name, as one JSON
	// object.
	Ext json.RawMessage `json:"ext,omitempty"`
	// Marks say what was unusual; see the Mark constants.
	Marks []string `json:"marks,omitempty"`
	// Status, Method and RequestID are those of the request that told it.
	Status    int    `json:"status,omitempty"`
	Method    string `json:"method,omitempty"`
	RequestID string `json:"request_id,omitempty"`
	// Transport is "header", "trailer", "ingest" or "gate".
	Transport string `json:"transport,omitempty"`
}

// Subject is what an event is about, shown as "Booking - 45887".
type Subject struct {
	Type  string `json:"type"`
	ID    string `json:"id"`
	Label string `json:"label"`
}

// String is how a subject is shown: "Booking - 45887", or "" for none.
func (s *Subject) String() string {
	switch {
	case s == nil:
		return ""
	case s.Type == "" || s.ID == "":
		return s.Type + s.ID
	}
	return s.Type + " - " + s.ID
}

// Initiator is who did something.
type Initiator struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email"`
	// Kind is "user", "system" or "api".
	Kind string `json:"kind"`
}

// Action is a link back into the application.
type Action struct {
	Label string `json:"label"`
	Href  string `json:"href"`
}

// Change is one row of a before/after table. Old and New are JSON values.
type Change struct {
	Field string          `json:"field"`
	Old   json.RawMessage `json:"old,omitempty"`
	New   json.RawMessage `json:"new,omitempty"`
}

// eventFields is Event without its methods, so that encoding/json can be asked
// for the plain fields.
type eventFields Event

// MarshalJSON writes the event with changes and details always there, so that
// readers need no case for their absence.
func (e Event) MarshalJSON() ([]byte, error) {
	if e.Changes == nil {
		e.Changes = []Change{}
	}
	if len(e.Details) == 0 {
		e.Details = json.RawMessage("{}")
	}
	return json.Marshal(eventFields(e))
}

// Mark adds a mark once.
func (e *Event) Mark(mark string) {
	for _, m := range e.Marks {
		if m == mark {
			return
		}
	}
	e.Marks = append(e.Marks, mark)
}
