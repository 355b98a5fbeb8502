package console

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/display"
)

// firstPeriod is the default period of a page.
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
	More []field
	Open bool
	// Kept is what the address asks for and the form has no field for.
	Kept    []param
	Presets []link
	Custom  custom
	// Period is the preset that holds, in words, or "".
	Period string
	Chips  []chip
	// Error is what is wrong with the address, if anything is.
	Error string

	// given is what the address asks for, params the question for the API that
	// it means.
	given, params url.Values
}

// field is one filter in the form. Options make it a menu, Multiple one that
// allows several. Label and Hint are translatable.
type field struct {
	Name, Label, Hint string
	Options           []option
	Multiple          bool
	// ChipOnly says that there is none in the form: the address may ask for it,
	// and a chip shows that it does.
	ChipOnly bool
	// Terms says that the value is a search with qualifiers, and which.
	Terms searchKind

	Value   string
	Invalid bool
}

type option struct {
	Value, Label string
	Chosen       bool
}

type link struct {
	Text, Href string
	Current    bool
}

type param struct{ Name, Value string }

// custom is the form for a period of one's own, Kept what else the page asks for.
type custom struct {
	From, To field
	Current  bool
	Kept     []param
}

// chip is one filter that holds, with the address of the page without it.
type chip struct{ Label, Value, Without string }

// givenOf reads the address of a list without the fields of its form that were left
// empty. Only "from" may be there without a value, which asks for everything.
func givenOf(r *http.Request) (url.Values, error) {
	given, err := queryOf(r)
	for name, all := range given {
		given[name] = slices.DeleteFunc(all, func(v string) bool { return v == "" && name != "back" })
		if len(given[name]) == 0 && name != "from" {
			delete(given, name)
		}
	}
	return given, err
}

// settle turns a page's parameters into the question for the API that they
// mean, with a period where no time is given.
func settle(given url.Values, period string) (url.Values, error) {
	params := clone(given, "back")
	switch {
	case params.Has("from") || params.Has("to"):
		params.Set("from", params.Get("from"))
	default:
		params.Set("from", period)
	}
	return params, refuse(params, record.NotOfPage, "limit")
}

// clone copies values but for some names.
func clone(values url.Values, without ...string) url.Values {
	v := make(url.Values, len(values))
	for name, all := range values {
		if !slices.Contains(without, name) {
			v[name] = slices.Clone(all)
		}
	}
	return v
}

// newFilter fills the fields with what the address has given, which means params;
// invalid is what could not be understood of it, or nil.
func (v *view) newFilter(action string, given, params url.Values, fields []field, invalid *record.ParamError) filter {
	f := filter{Action: action, given: given, params: params}
	v.addPresets(&f)
	if invalid != nil {
		f.Error = display.Visible(v.fieldErrorText(invalid))
	}
	for i, l := range fields {
		if l.ChipOnly && !given.Has(l.Name) {
			continue
		}
		l.choose(given)
		v.translateField(&l)
		l.Invalid = invalid != nil && invalid.Param == l.Name
		switch {
		case i == 0:
			f.Search = l
		case l.ChipOnly:
			f.Kept = append(f.Kept, param{l.Name, l.Value})
		case l.Multiple:
			f.Menus = append(f.Menus, l)
		default:
			f.More = append(f.More, l)
			f.Open = f.Open || l.Invalid
		}
		if l.Terms != "" {
			v.addTermChips(&f, l.Terms)
		} else {
			f.addChips(l)
		}
	}
	v.addCustom(&f, invalid)
	for _, name := range []string{"from", "to"} {
		if given.Has(name) {
			f.Kept = append(f.Kept, param{name, given.Get(name)})
		}
	}
	return f
}

func (l *field) choose(given url.Values) {
	l.Value = given.Get(l.Name)
	l.Options = slices.Clone(l.Options)
	for i, o := range l.Options {
		l.Options[i].Chosen = slices.Contains(given[l.Name], o.Value)
	}
}

// translateField puts what the field says into words.
func (v *view) translateField(l *field) {
	l.Label, l.Hint = v.translate(l.Label), v.translate(l.Hint)
	for i, o := range l.Options {
		l.Options[i].Label = v.translate(o.Label)
	}
}

// label is the display name of one of the field's values.
func (l *field) label(value string) string {
	for _, o := range l.Options {
		if o.Value == value {
			return o.Label
		}
	}
	return display.Visible(value)
}

// addChips adds one for each value of l.
func (f *filter) addChips(l field) {
	for _, value := range f.given[l.Name] {
		if value == "" {
			continue
		}
		v := f.firstPage()
		v[l.Name] = slices.DeleteFunc(v[l.Name], func(o string) bool { return o == value })
		f.Chips = append(f.Chips, chip{l.Label, l.label(value), f.address(v)})
	}
}

// firstPage returns what the address asks for, of the list's first page.
func (f *filter) firstPage() url.Values { return clone(f.given, "cursor", "back") }

// copyPeriod sets the period of values to the page's.
func (f *filter) copyPeriod(values url.Values) {
	for _, name := range []string{"from", "to"} {
		if f.params.Has(name) {
			values[name] = f.params[name]
		}
	}
}

// question returns what the API is asked for, all of it.
func (f *filter) question() url.Values { return clone(f.params, "cursor") }

func (f *filter) address(v url.Values) string {
	if len(v) == 0 {
		return f.Action
	}
	return f.Action + "?" + v.Encode()
}
