package e2e

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
)

// closedCommands are what a directory is asked without a server. The last one
// leaves an entry, which the others must not see.
var closedCommands = [][]string{
	{"requests", "--format", "ndjson", "--limit", "0"},
	{"requests", "--format", "csv", "--ip", "2001:db8::/32", "--contains", "desks"},
	{"requests", "--format", "table", "--status", "5xx"},
	{"errors", "--format", "ndjson"},
	{"events", "--format", "ndjson", "--limit", "0"},
	{"events", "--format", "csv", "--type", "booking.*", "--contains", "Nightly 17"},
	{"events", "--format", "table", "--category", "group,object,user,login"},
	{"flags", "--format", "ndjson", "--limit", "0"},
	{"flags", "show", "198.51.100.50", "--json"},
	{"export", "flags", "--format", "csv"},
	{"stats", "--json"},
	{"stats", "--check", "--json"},
	{"person", "export", "--id", "u_17"},
}

// killedCommands are fewer: what they are to show is that all is there.
var killedCommands = [][]string{
	{"requests", "--format", "ndjson", "--limit", "100"},
	{"events", "--format", "ndjson", "--limit", "100"},
	{"flags", "--format", "ndjson", "--limit", "0"},
	{"stats", "--check", "--json"},
}

// upgradePaths are what the HTTP API is asked on the admin endpoint, besides
// pages of both logs, each event that is one of a kind, and each flag.
var upgradePaths = []string{
	"health", "check", "settings",
	"events?category=booking&category=login&limit=30", "events?initiator=ADA@example.com", "events?subject=Booking:17", "events?subject=7",
	"events?type=booking.expired&limit=20", "events?outcome=denied", "events?q=b%C3%BCro", "events?q=nightly+33&limit=30",
	"events?to=1970-01-01", "events?from=2020-02-01&to=2020-03-01", "events.ndjson?category=webhook", "events.csv?category=object",
	"requests?ip=203.0.113.0/24&limit=30", "requests?status=404&limit=30", "requests?method=PROPFIND&limit=30", "requests?path=/desks/1*&limit=30",
	"requests?browser=Firefox&limit=30", "requests?os=iOS&limit=30", "requests?country=GB&limit=30", "requests?asn=3320", "requests?user=ada&limit=30",
	"requests?verdict=ban", "requests?verdict=throttle", "requests?q=status:5xx+b%C3%BCro&limit=30", "requests.ndjson?verdict=ban", "requests.csv?asn=3320",
	"requests/summary", "requests/summary?step=1d&only=steps,addresses", "requests/summary?status=5xx",
	"errors", "errors?integration=microsoft+365",
	"flags?limit=1000", "flags?state=banned", "flags?state=cleared", "flags?review=false_positive", "flags?kind=account", "flags?rule=trap", "flags?ip=198.18.0.0/16",
	"bans.txt", "bans.json", "bans.csv", "bans.nft", "bans.ipset", "bans.caddy", "bans.nginx", "bans.crowdsec",
}

// askAll puts questions to copies of a directory: commands to one, and those of
// the API to a gate that uses the other.
func askAll(t *testing.T, archive string, commands [][]string) (all []answered) {
	t.Helper()
	g := unpackedGate(t, archive)
	ask := func(q answered) string {
		q.Answer = g.answer(q)
		all = append(all, q)
		return q.Answer
	}
	for _, command := range commands {
		ask(answered{Command: command})
	}
	g = unpackedGate(t, archive)
	g.start()
	defer g.stop()
	g.opened()
	for _, path := range upgradePaths {
		ask(answered{Get: path})
	}
	for _, list := range []string{"events", "requests"} {
		askPages(t, list, ask)
	}
	for _, e := range g.events() {
		if !strings.HasPrefix(e.ID, "bulk-") {
			ask(answered{Get: fmt.Sprintf("events/%d", e.Seq)})
		}
	}
	for _, f := range decodeLines[flagLine](t, g.ask("flags", "--format", "ndjson", "--limit", "0")) {
		ask(answered{Get: "flags/" + f.ID})
	}
	return all
}

// askPages asks for pages of a list: their cursors have to keep their meaning.
func askPages(t *testing.T, list string, ask func(answered) string) {
	t.Helper()
	cursor := ""
	for range 3 {
		page := decodeLines[struct{ Next string }](t, ask(answered{Get: list + "?limit=100" + cursor}))
		if page[0].Next == "" {
			t.Fatalf("%s has too few entries for three pages", list)
		}
		cursor = "&cursor=" + url.QueryEscape(page[0].Next)
	}
}
