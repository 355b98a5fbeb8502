package abuse

import (
	"fmt"
	"strings"
	"time"
)

// Action is the consequence of an overflow of a rule.
type Action uint8

// The actions, from the mildest to the strictest.
const (
	Off Action = iota
	Observe
	Throttle
	Block
)

var actionNames = [...]string{"off", "observe", "throttle", "block"}

func (a Action) String() string { return actionNames[a] }

// ParseAction returns the action with this name.
func ParseAction(s string) (Action, error) {
	for i, name := range actionNames {
		if s == name {
			return Action(i), nil
		}
	}
	return Off, fmt.Errorf("action %q must be one of observe, throttle, block, off", s)
}

// Field is the part of a request whose repeated values do not count again.
type Field uint8

// The fields.
const (
	Any       Field = iota // every request counts
	Path                   // the path
	PathQuery              // path and query
	Query                  // the query
	FileName               // the last segment of the path
	UserAgent              // the user agent
)

var fieldNames = [...]string{"any", "path", "path+query", "query", "file", "user_agent"}

// ParseField returns the field with this name, as in `distinct path`.
func ParseField(s string) (Field, error) {
	for i, name := range fieldNames {
		if s == name {
			return Field(i), nil
		}
	}
	return Any, fmt.Errorf("distinct %q must be one of %s", s, strings.Join(fieldNames[1:], ", "))
}

// Class orders rules by how certain it is that a request which counts for them is an
// attack. docs/detection.md has the table.
type Class uint8

// The classes.
const (
	Proof     Class = iota + 1 // has no other use, whatever the answer
	Injection                  // SQL, script, commands, templates, foreign inclusions
	Secret                     // names of keys, dumps and configuration
	Product                    // panels, shells and plugins of products that may not be here
	Miss                       // asks for what is not there
	Guess                      // a refused password
	Volume                     // too much
)

// Rule is a leaky bucket: it overflows at Capacity+1 requests, and one request leaks
// in each period of Leak.
type Rule struct {
	Name     string
	Class    Class
	Capacity int
	Leak     time.Duration
	// SlowCapacity and SlowLeak are those of a second bucket for the same requests,
	// so that a client does not pass by being slow. A capacity of 0 means none.
	SlowCapacity int
	SlowLeak     time.Duration
	// Mute is how long overflows of the same source are suppressed after one.
	Mute     time.Duration
	Distinct Field
	Action   Action
	// SharedFactor is how many times as much a prefix may do as one of the clients
	// in it. It is 0 for rules that count only for prefixes, because no ordinary
	// client does what they count.
	SharedFactor float64
}

// prefixOnly reports whether the rule counts for prefixes only, not for single
// clients.
func (r *Rule) prefixOnly() bool { return r.SharedFactor == 0 }
