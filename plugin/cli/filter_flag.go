package cli

import (
	"errors"
	"strings"
)

// filterValue is what a filter's flag was given. Where a second one cannot be
// asked for as well it is wrong usage: it would replace the first unsaid.
type filterValue struct {
	list    []string
	repeats bool
}

func (v *filterValue) Set(s string) error {
	if len(v.list) > 0 && !v.repeats {
		return errors.New("the flag was given before; give it once")
	}
	v.list = append(v.list, s)
	return nil
}

func (v *filterValue) String() string { return strings.Join(v.list, ",") }

func (*filterValue) Type() string { return "string" }
