package console

import (
	"net/url"
	"slices"
	"time"

	"github.com/gatebook/gatebook/record"
)

// firstPeriod is how far back a page looks until it is told otherwise.
const firstPeriod = "30d"

// filter is the form above a list, and what is said about it. All of it comes
// from the page's address, so that a link is a saved view.
type filter struct {
	// Action is the page's path.
	Action string
	// Search is the first field, which never folds.
	Search field
	Menus  []field
	// More are the fields that unfold; Open says that one of them is wrong.
	More    []field
	Open    bool
	Presets []link
	// Period is the preset that holds, in words, or "".
	Period string
	Chips  []chip
	// Error is what is wrong with the address, if anything is.
	Error string

	params url.Values
}

// field is one filter in the form. Options make it a menu, Multiple one that
// allows several.
type field struct {
	Name, Label, Hint string
	Options           []option
	Multiple          bool

	Value string
	Wrong bool
}

type option struct {
	Value, Label string
	Chosen       bool
}

type link struct {
	Text, Href string
	Current    bool
}

// chip is one filter that holds, with the address of the page without it.
type chip struct{ Label, Value, Without string }

var periodFields = []field{
	{Name: "from", Label: phrase("From"), Hint: "2026-01-31, 24h, 7d"},
	{Name: "to", Label: phrase("To"), Hint: "2026-01-31"},
}

// settle makes a page's parameters those of the API: without the fields of
// the form that were left empty, and with the last 30 days where no time is
// given. Only "from" may be there without a value, which asks for everything.
func settle(params url.Values) error {
	for name, all := range params {
		params[name] = slices.DeleteFunc(all, func(v string) bool { return v == "" })
		if len(params[name]) == 0 && name != "from" {
			delete(params, name)
		}
	}
	switch {
	case params.Has("from") || params.Has("to"):
		params.Set("from", params.Get("from"))
	default:
		params.Set("from", firstPeriod)
	}
	return refuse(params, "is not a parameter of a page", "limit")
}

// refuse returns an error if values has one of names.
func refuse(values url.Values, reason string, names ...string) error {
	for _, name := range names {
		if values.Has(name) {
			return &record.ParamError{Param: name, Reason: reason}
		}
	}
	return nil
}

// newFilter fills the fields with what params hold; wrong is what could not be
// understood of them, or nil.
func (c *Console) newFilter(action string, params url.Values, fields []field, now time.Time, wrong *record.ParamError) filter {
	f := filter{Action: action, params: params}
	c.addPresets(&f, now)
	if wrong != nil {
		f.Error = record.Visible(c.sayWrong(wrong))
	}
	for i, l := range fields {
		l.choose(params)
		c.translate(&l)
		l.Wrong = wrong != nil && wrong.Param == l.Name
		f.addChips(l)
		switch {
		case i == 0:
			f.Search = l
		case l.Multiple:
			f.Menus = append(f.Menus, l)
		default:
			f.More = append(f.More, l)
			f.Open = f.Open || l.Wrong
		}
	}
	return f
}

func (l *field) isPeriod() bool { return l.Name == "from" || l.Name == "to" }

func (l *field) choose(params url.Values) {
	l.Value = params.Get(l.Name)
	l.Options = slices.Clone(l.Options)
	for i, o := range l.Options {
		l.Options[i].Chosen = slices.Contains(params[l.Name], o.Value)
	}
}

// translate puts what the field says into words.
func (c *Console) translate(l *field) {
	l.Label, l.Hint = c.say(l.Label), c.say(l.Hint)
	for i, o := range l.Options {
		l.Options[i].Label = c.say(o.Label)
	}
}

// label is what people call one of the field's values.
func (l *field) label(value string) string {
	for _, o := range l.Options {
		if o.Value == value {
			return o.Label
		}
	}
	return record.Visible(value)
}

func (c *Console) addPresets(f *filter, now time.Time) {
	for _, p := range []struct{ text, from, words string }{
		{phrase("Today"), now.Format(time.DateOnly), phrase("today")},
		{phrase("7 days"), "7d", phrase("in the last 7 days")},
		{phrase("30 days"), firstPeriod, phrase("in the last 30 days")},
		{phrase("90 days"), "90d", phrase("in the last 90 days")},
		{phrase("All"), "", phrase("in all that is kept")},
	} {
		current := f.params.Get("from") == p.from && !f.params.Has("to")
		if current {
			f.Period = c.say(p.words)
		}
		v := f.clone()
		v.Set("from", p.from)
		v.Del("to")
		f.Presets = append(f.Presets, link{c.say(p.text), f.address(v), current})
	}
}

// addChips adds one for each value of l, but none for a preset period, which
// shows by itself.
func (f *filter) addChips(l field) {
	for _, value := range f.params[l.Name] {
		if value == "" || l.isPeriod() && f.Period != "" {
			continue
		}
		v := f.clone()
		v[l.Name] = slices.DeleteFunc(v[l.Name], func(o string) bool { return o == value })
		if l.Name == "from" {
			v.Set("from", "")
		}
		f.Chips = append(f.Chips, chip{l.Label, l.label(value), f.address(v)})
	}
}

// clone returns the parameters of the list's first page.
func (f *filter) clone() url.Values {
	v := make(url.Values, len(f.params))
	for name, all := range f.params {
		if name != "cursor" {
			v[name] = slices.Clone(all)
		}
	}
	return v
}

func (f *filter) address(v url.Values) string { return f.Action + "?" + v.Encode() }

// after is the address of the page that follows cursor.
func (f *filter) after(cursor string) string {
	v := f.clone()
	v.Set("cursor", cursor)
	return f.address(v)
}
