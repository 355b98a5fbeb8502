package view

import (
	"net/url"
	"slices"
	"time"

	"github.com/gatebook/gatebook/record/display"
)

// Field is one filter in the form. Options make it a menu, Multiple one that
// allows several. Label and Hint are translatable.
type Field struct {
	Name, Label, Hint string
	Options           []Option
	Multiple          bool
	// ChipOnly says that there is none in the form: the address may ask for it,
	// and a chip shows that it does.
	ChipOnly bool
	// Terms says that the value is a search with qualifiers, and which.
	Terms SearchKind

	Value   string
	Invalid bool
}

// Option is an entry of a menu.
type Option struct {
	Value, Label string
	Chosen       bool
}

func (l *Field) choose(given url.Values) {
	l.Value = given.Get(l.Name)
	l.Options = slices.Clone(l.Options)
	for i, o := range l.Options {
		l.Options[i].Chosen = slices.Contains(given[l.Name], o.Value)
	}
}

// translateField puts what the field says into words.
func (v *View) translateField(l *Field) {
	l.Label, l.Hint = v.Translate(l.Label), v.Translate(l.Hint)
	for i, o := range l.Options {
		l.Options[i].Label = v.Translate(o.Label)
	}
}

// label is the display name of one of the field's values.
func (l *Field) label(value string) string {
	for _, o := range l.Options {
		if o.Value == value {
			return o.Label
		}
	}
	return display.Visible(value)
}

// IsDate reports whether the field's value is one that a date field can show.
func (l Field) IsDate() bool {
	if l.Value == "" {
		return true
	}
	_, err := time.Parse(time.DateOnly, l.Value)
	return err == nil
}
