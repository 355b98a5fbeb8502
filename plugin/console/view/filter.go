package view

import (
	"net/url"
	"slices"
)

// FirstPeriod is the default period of a page.
const FirstPeriod = "30d"

// Filter is the form above a list, and what is said about it. All of it comes
// from the page's address, so that a link is a saved view.
type Filter struct {
	// Action is the page's path.
	Action string
	// Search is the first field, which never folds.
	Search Field
	Menus  []Field
	// More are the fields that unfold; Open says that one of them is wrong.
	More []Field
	Open bool
	// Kept is what the address asks for and the form has no field for.
	Kept    []param
	Presets []Link
	Custom  custom
	// Period is the preset that holds, in words, or "".
	Period string
	Chips  []chip
	// Error is what is wrong with the address, if anything is.
	Error string

	// given is what the address asks for, params the question for the API that
	// it means.
	Given, Params url.Values
}

type param struct{ Name, Value string }

// custom is the form for a period of one's own, Kept what else the page asks for.
type custom struct {
	From, To Field
	Current  bool
	Kept     []param
}

// chip is one filter that holds, with the address of the page without it.
type chip struct{ Label, Value, Without string }

// Clone copies values but for some names.
func Clone(values url.Values, without ...string) url.Values {
	v := make(url.Values, len(values))
	for name, all := range values {
		if !slices.Contains(without, name) {
			v[name] = slices.Clone(all)
		}
	}
	return v
}

// addChips adds one for each value of l.
func (f *Filter) addChips(l Field) {
	for _, value := range f.Given[l.Name] {
		if value == "" {
			continue
		}
		v := f.FirstPage()
		v[l.Name] = slices.DeleteFunc(v[l.Name], func(o string) bool { return o == value })
		f.Chips = append(f.Chips, chip{l.Label, l.label(value), f.Address(v)})
	}
}

// FirstPage returns what the address asks for, of the list's first page.
func (f *Filter) FirstPage() url.Values { return Clone(f.Given, "cursor", "back") }

// CopyPeriod sets the period of values to the page's.
func (f *Filter) CopyPeriod(values url.Values) {
	for _, name := range []string{"from", "to"} {
		if f.Params.Has(name) {
			values[name] = f.Params[name]
		}
	}
}

// Query returns the question that the API is asked, from its first page on.
func (f *Filter) Query() url.Values { return Clone(f.Params, "cursor") }

// Address returns the address of the page with the parameters v.
func (f *Filter) Address(v url.Values) string {
	if len(v) == 0 {
		return f.Action
	}
	return f.Action + "?" + v.Encode()
}
