package record

import (
	"strconv"
	"strings"
	"time"
)

// FlagCSVHeader names the cells of [Flag.CSV]. It is not to be changed.
var FlagCSVHeader = []string{
	"id", "kind", "subject", "state", "review", "rules", "requests", "scope", "since", "until", "changed", "strikes", "country", "asn",
}

// CSV is the flag as cells that are safe to open in a spreadsheet, with its
// times in loc.
func (f *Flag) CSV(loc *time.Location) []string {
	var asn string
	if f.ASN != 0 {
		asn = strconv.FormatUint(uint64(f.ASN), 10)
	}
	var requests int
	for _, r := range f.Rules {
		requests += r.Count
	}
	return Cells(
		f.ID, string(f.Subject.Kind), f.Subject.Value, string(f.State), string(f.Review),
		strings.Join(f.RuleNames(), " "), strconv.Itoa(requests), f.Scope,
		stamp(f.Since, loc), stamp(f.Until, loc), stamp(f.Changed, loc), strconv.Itoa(f.Strikes), f.Country, asn,
	)
}

// RuleNames are the rules that overflowed, the first one first.
func (f *Flag) RuleNames() []string {
	names := make([]string, len(f.Rules))
	for i, r := range f.Rules {
		names[i] = r.Rule
	}
	return names
}
