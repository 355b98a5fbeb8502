package view

import (
	"slices"
)

// Known returns the facts that are known.
func Known(facts []Fact) []Fact {
	return slices.DeleteFunc(facts, func(f Fact) bool { return f.Text == "" && f.When.ISO == "" })
}

// Fact is one named field of an entry, a moment or a text.
type Fact struct {
	Name, Text string
	When       Moment
}
