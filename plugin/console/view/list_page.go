package view

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/display"
)

// ListPage is what the pages of lists have in common.
type ListPage struct {
	Layout
	StatusBar StatusBar
	Filter    Filter
	List
}

// Listing describes a page of a list.
type Listing struct {
	// Title is translatable; Path is the page's, below the console's.
	Title, Path string
	Fields      []Field
	// Period is how far back the page looks if its address and its search name no
	// time, "" for all of it.
	Period string
}

// StartList begins the page of a list with what its address asks for. If that is
// invalid, Filter.Error says why, and nothing is found.
func StartList[T any](
	ctx context.Context, v *View, given url.Values, l Listing, find func(context.Context, url.Values) (T, error),
) (T, ListPage, error) {
	period := l.Period
	if terms := l.Fields[0].Terms; terms != "" {
		period = terms.period(given.Get("q"), period)
	}
	found, params, invalid, err := answerTo(ctx, given, period, find)
	return found, ListPage{
		Layout: v.NewLayout(v.Translate(l.Title), l.Path),
		Filter: v.newFilter(v.Base+l.Path, given, params, l.Fields, invalid),
	}, err
}

// answerTo finds what a page's address asks for, over a period where it names no
// time. Params is the question that it means, invalid the validation error of
// it, or nil.
func answerTo[T any](
	ctx context.Context, given url.Values, period string, find func(context.Context, url.Values) (T, error),
) (found T, params url.Values, invalid *record.ParamError, err error) {
	if params, err = settle(given, period); err == nil {
		found, err = find(ctx, params)
	}
	if errors.As(err, &invalid) {
		err = nil
	}
	return found, params, invalid, err
}

// settle turns a page's parameters into the question for the API that they
// mean, with a period where no time is given.
func settle(given url.Values, period string) (url.Values, error) {
	params := Clone(given, "back")
	switch {
	case params.Has("from") || params.Has("to"):
		params.Set("from", params.Get("from"))
	default:
		params.Set("from", period)
	}
	return params, Refuse(params, record.NotOfPage, "limit")
}

// ListQuery reads the address of a list without the fields of its form that were left
// empty. Only "from" may be there without a value, which asks for everything.
func ListQuery(r *http.Request) (url.Values, error) {
	given, err := Query(r)
	for name, all := range given {
		given[name] = slices.DeleteFunc(all, func(v string) bool { return v == "" && name != "back" })
		if len(given[name]) == 0 && name != "from" {
			delete(given, name)
		}
	}
	return given, err
}

// newFilter fills the fields with what the address has given, which means params;
// invalid is what could not be understood of it, or nil.
func (v *View) newFilter(action string, given, params url.Values, fields []Field, invalid *record.ParamError) Filter {
	f := Filter{Action: action, Given: given, Params: params}
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
