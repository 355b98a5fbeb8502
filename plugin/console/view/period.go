package view

import (
	"slices"
	"time"

	"github.com/gatebook/gatebook/plugin/console/locale"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/display"
)

// addPresets adds links to the usual periods.
func (v *View) addPresets(f *Filter) {
	now := v.Now.In(v.Location)
	for _, p := range []struct{ text, from, words string }{
		{locale.Text("Today"), now.Format(time.DateOnly), locale.Text("today")},
		{locale.Text("7 days"), "7d", locale.Text("in the last 7 days")},
		{locale.Text("30 days"), FirstPeriod, locale.Text("in the last 30 days")},
		{locale.Text("90 days"), "90d", locale.Text("in the last 90 days")},
		{locale.Text("All"), "", locale.Text("in all that is kept")},
	} {
		current := f.Params.Get("from") == p.from && !f.Params.Has("to")
		// A search that names times is asked of everything, as long as nobody
		// says otherwise; that it is all would be said of less.
		if current && (p.from != "" || f.Given.Has("from")) {
			f.Period = v.Translate(p.words)
		}
		values := f.FirstPage()
		values.Set("from", p.from)
		values.Del("to")
		f.Presets = append(f.Presets, Link{v.Translate(p.text), f.Address(values), current})
	}
}

// addCustom adds the form for a period of one's own. What it holds is a chip,
// unless it is a preset.
func (v *View) addCustom(f *Filter, invalid *record.ParamError) {
	f.Custom = custom{
		From: Field{Name: "from", Label: v.Translate("From"), Hint: "2026-01-31"},
		To:   Field{Name: "to", Label: v.Translate("To"), Hint: "2026-01-31"},
	}
	for name := range Clone(f.Given, "cursor", "back", "from", "to") {
		for _, value := range f.Given[name] {
			f.Custom.Kept = append(f.Custom.Kept, param{name, value})
		}
	}
	slices.SortStableFunc(f.Custom.Kept, func(a, b param) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	if slices.ContainsFunc(f.Presets, func(l Link) bool { return l.Current }) {
		return
	}
	f.Custom.Current = true
	for _, l := range []*Field{&f.Custom.From, &f.Custom.To} {
		l.Value = f.Given.Get(l.Name)
		l.Invalid = invalid != nil && invalid.Param == l.Name
		if l.Value == "" {
			continue
		}
		values := f.FirstPage()
		values.Set("from", values.Get("from"))
		if values.Del(l.Name); l.Name == "from" {
			values.Set("from", "")
		}
		f.Chips = append(f.Chips, chip{l.Label, display.Visible(l.Value), f.Address(values)})
	}
}
