package abuse_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/plugin/abuse/blocklist"
)

func TestValidate(t *testing.T) {
	for want, c := range map[string]abuse.Config{
		"rate -1":                       {PerSecond: -1},
		"ban -1s":                       {Ban: -time.Second},
		"ban 192h0m0s":                  {Ban: 8 * 24 * time.Hour},
		"invalid prefix":                {Allow: make([]netip.Prefix, 1)},
		"rule a is there twice":         {Own: []abuse.OwnRule{{Rule: abuse.Rule{Name: "a"}, Path: "/"}, {Rule: abuse.Rule{Name: "a"}, Path: "/"}}},
		`rule "http-cve" is unknown`:    {Patterns: map[string][]string{"http-cve": nil}},
		"rule blocklist exists":         {Own: []abuse.OwnRule{{Rule: abuse.Rule{Name: abuse.BlocklistRule}, Path: "/"}}},
		"rules of your own are more":    {Own: make([]abuse.OwnRule, abuse.MaxOwnRules+1)},
		`path "search" matches nothing`: {Paths: []abuse.PathRate{{Path: "search", PerSecond: 1, Burst: 1}}},
		"0/s must be more than 0":       {Paths: []abuse.PathRate{{Path: "/", Burst: 1}}},
		"burst 0 must be at least 1":    {Paths: []abuse.PathRate{{Path: "/", PerSecond: 1}}},
		"33 rates for paths":            {Paths: make([]abuse.PathRate, abuse.MaxPathRates+1)},
		`login "form" matches no path`:  {LoginPaths: []string{"form"}},
		"a blocklist has no files":      {Blocklists: make([]abuse.Blocklist, 1)},
		"17 blocklists are more":        {Blocklists: make([]abuse.Blocklist, abuse.MaxBlocklists+1)},
		"action 0 must be one of":       {Blocklists: []abuse.Blocklist{{List: new(blocklist.List)}}},
		"patterns of http-cve-probing":  {Patterns: map[string][]string{"http-cve-probing": {"fine", "x"}}},
	} {
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	good := abuse.Config{
		PerSecond: 0.001, Burst: 1, Ban: abuse.LongestBan, Allow: []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24")},
		Own:      []abuse.OwnRule{{Rule: abuse.Rule{Name: "a"}, Path: "/"}},
		Actions:  map[string]abuse.Action{"a": abuse.Block, "rate": abuse.Off},
		Patterns: map[string][]string{"http-bad-user-agent": {"^scraper$"}},
	}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	if n := testing.AllocsPerRun(10, func() { _ = good.Validate() }); n > 1000 {
		t.Errorf("%v allocations: it compiles patterns", n)
	}
}
