package logformat

import (
	"strconv"
	"strings"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/display"
)

var flagList = &list[record.Flag]{
	kind: "flags",
	columns: []column{
		{title: "Address", max: 50}, {title: "Country"}, {title: "Rules", max: 60}, {title: "State"}, {title: "Review"},
		{title: "Since", zoned: true}, {title: "Until"}, {title: "Strikes", right: true},
	},
	cells:  flagCells,
	header: display.FlagHeader,
	csv:    display.FlagRow,
	in:     record.Flag.In,
}

func flagCells(f *record.Flag, loc *time.Location) []string {
	state := string(f.State)
	if f.Scope != "" {
		state += " (" + f.Scope + ")"
	}
	return []string{
		FlagSubject(f.Subject), f.Country, strings.Join(f.RuleNames(), ", "), state, string(f.Review),
		clock(f.Since, loc), clock(f.Until, loc), strconv.Itoa(f.Strikes),
	}
}

// FlagSubject is what a flag is about in a word: 203.0.113.7/32, account ada. It
// may be unsafe to show.
func FlagSubject(s record.FlagSubject) string {
	if s.Kind == record.AddressSubject {
		return s.Value
	}
	return string(s.Kind) + " " + s.Value
}
