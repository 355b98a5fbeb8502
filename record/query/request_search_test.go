package query

import (
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gatebook/gatebook/record"
	"pgregory.net/rapid"
)

func TestRequestSearch(t *testing.T) {
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	day := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		query, wrong string
		want         Requests
	}{
		{query: "q=", want: Requests{}},
		{query: "q=wp-login.php", want: Requests{Contains: "wp-login.php"}},
		{query: `q="two+words"`, want: Requests{Contains: "two words"}},
		{query: `q=https://a.example/x`, want: Requests{Contains: "https://a.example/x"}},
		{
			query: `q=ip:203.0.113.0/24+status:5xx+path:/api/*+browser:"Firefox+145"+os:Windows+country:DE+asn:AS3320+user:ada+verdict:ban+method:get+text+after:2026-01-01+before:2026-01-02`,
			want: Requests{
				Prefix: netip.MustParsePrefix("203.0.113.0/24"), StatusMin: 500, StatusMax: 599, Path: "/api/*", Browser: "Firefox 145", OS: "Windows",
				Country: "DE", ASN: 3320, User: "ada", Verdict: record.VerdictBan, Method: "GET", Contains: "text", From: day, To: day.AddDate(0, 0, 1),
			},
		},
		{query: "status=404&q=ip:::1", want: Requests{StatusMin: 404, StatusMax: 404, Prefix: netip.MustParsePrefix("::1/128")}},
		{query: "status=404&q=status:404", want: Requests{StatusMin: 404, StatusMax: 404}},
		{query: "from=7d&q=after:2026-11-24", want: Requests{From: time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)}},
		{query: "q=colour:red", wrong: `q "colour:": is no qualifier; there are ip: status:`},
		{query: "q=-status:404", wrong: `q "-status:404": is not for the server log`},
		{query: "q=one+two", wrong: `q "two": is a second text`},
		{query: "q=status:404+status:500", wrong: `q "status:500": is asked for beside another status`},
		{query: "status=404&q=status:5xx", wrong: `q "status:5xx": is asked for beside another status`},
		{query: "q=ip:nowhere", wrong: `q "ip:nowhere": is no address`},
		{query: "ip=nowhere&q=status:404", wrong: `ip "nowhere": is no address`},
		{query: "q=verdict:maybe", wrong: `q "verdict:maybe": must be one of pass, throttle, ban`},
		{query: "q=after:soon", wrong: `q "after:soon": is no time`},
		{query: `q="open`, wrong: "not closed"},
	} {
		values, err := url.ParseQuery(c.query)
		if err != nil {
			t.Fatal(err)
		}
		c.want.Limit = DefaultLimit
		got, err := ParseRequests(values, now, time.UTC)
		switch {
		case c.wrong != "":
			if err == nil || !strings.Contains(err.Error(), c.wrong) {
				t.Errorf("%s: error %v, want %s", c.query, err, c.wrong)
			}
		case err != nil || got != c.want:
			t.Errorf("%s: got %+v (%v), want %+v", c.query, got, err, c.want)
		}
	}
}

// A search says the same as the parameters that it stands for, and leaves those
// that it was given as they were.
func TestRequestSearchIsTheParameters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom(RequestQualifiers[:10]).Draw(t, "qualifier")
		value := rapid.StringN(1, 20, -1).Draw(t, "value")
		now := time.Now()
		given := url.Values{"q": {FormatTerm(name, value, false)}}
		searched, wrong1 := ParseRequests(given, now, time.UTC)
		asked, wrong2 := ParseRequests(url.Values{name: {value}}, now, time.UTC)
		if (wrong1 == nil) != (wrong2 == nil) || wrong1 == nil && searched != asked {
			t.Fatalf("%v is %+v (%v), %s=%q is %+v (%v)", given, searched, wrong1, name, value, asked, wrong2)
		}
		if len(given) != 1 || given.Get("q") != FormatTerm(name, value, false) {
			t.Fatalf("the question became %v", given)
		}
	})
}
