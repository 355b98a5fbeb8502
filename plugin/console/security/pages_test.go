package security_test

import (
	"context"
	"errors"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gatebook/gatebook/plugin/console"
	"github.com/gatebook/gatebook/plugin/console/consoletest"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

func TestOverview(t *testing.T) {
	c := consoletest.New(t, consoletest.Flagged(t), console.RoleSecurity)
	consoletest.Holds(t, "the overview", consoletest.Get(c, "/overview"), 200,
		"An incident is going on", `href="/logs/flags/f4"`, "4 flags to review", "4 requests in the last 7 days.", "<dt>Volume</dt><dd>5.6 kB</dd>",
		"<dt>Throttled</dt><dd>0</dd>", "<dt>Banned</dt><dd>1</dd>", "Requests by status", "Requests that the gate refused",
		`href="/logs/requests?from=7d&path=%2Fdesks%2F23"`, `<rect class="s5"`, `<rect class="v-ban"`, `aria-current="page">Overview`, "As a table")
	consoletest.Holds(t, "a filter", consoletest.Get(c, "/overview?q=status:404"), 200, "1 request in", `<span class="chip-label">Status</span>`)
	consoletest.Holds(t, "a path", consoletest.Get(c, "/overview?q=path:/desks/*"), 200, "<bdi>/desks/23</bdi>", "!path=%2Fdesks%2F23")
	consoletest.Holds(t, "a mistake", consoletest.Get(c, "/overview?q=ip:x"), 400, `"ip:x" is no address`, "!Requests by status")
	consoletest.Holds(t, "nothing", consoletest.Get(c, "/overview?q=zebra"), 200, "0 requests in", "!data-chart")
	if body := consoletest.Get(c, "/overview").Body.String(); strings.Contains(body, "style=") {
		t.Error("a style stands in the page")
	}
}

// TestFlagsThatCannotBeRead: the overview does without them.
func TestFlagsThatCannotBeRead(t *testing.T) {
	c := consoletest.New(t, lost{consoletest.Flagged(t)}, console.RoleSecurity)
	reported := 0
	c.Report = func(error) { reported++ }
	consoletest.Holds(t, "the overview", consoletest.Get(c, "/overview"), 200, "Flags cannot be read at present", "4 requests in")
	consoletest.Holds(t, "an address", consoletest.Get(c, "/addresses/203.0.113.7"), 200, "This address is not flagged.")
	consoletest.Holds(t, "the flags", consoletest.Get(c, "/flags"), 500, "The log could not be read.")
	if reported < 3 {
		t.Errorf("%d of the errors were reported", reported)
	}
}

// lost is a source whose flags cannot be read.
type lost struct{ *consoletest.Source }

func (lost) Flags(context.Context, query.Flags) ([]record.Flag, string, error) {
	return nil, "", errors.New("no flags here")
}

func TestFlags(t *testing.T) {
	c := consoletest.New(t, consoletest.Flagged(t), console.RoleSecurity)
	consoletest.Holds(t, "the queue", consoletest.Get(c, "/flags"), 200, "4 flags.", `<input type="checkbox" name="id" value="f1">`, "203.0.113.7</bdi></a><span class=\"sub\">FR AS64500",
		"<bdi>http-probing</bdi>", `<span class="tone-bad">Banned</span>`, "Select 203.0.113.7", `data-hotkey="b"`, "198.51.100.0/24", `<span class="tag">Account</span>`)
	for path, want := range map[string]string{
		"/flags?review=new": "4 flags.", "/flags?review=confirmed": "Nothing matches", "/flags?state=banned": "1 flag.", "/flags?rule=own-rule": "1 flag.",
		"/flags?ip=203.0.113.7": "1 flag.", "/flags?ip=198.51.100.9": "1 flag.", "/flags?kind=account": "1 flag.", "/flags?from=2026-11-23T10:30:00Z": "1 flag.",
	} {
		consoletest.Holds(t, path, consoletest.Get(c, path), 200, want, `class="chip-label"`)
	}
	consoletest.Holds(t, "a mistake", consoletest.Get(c, "/flags?state=asleep"), 400, "must be one of observed", "aria-invalid")
	consoletest.Holds(t, "a parameter of nobody's", consoletest.Get(c, "/flags?colour=red"), 400)
	consoletest.Holds(t, "nothing flagged", consoletest.Get(consoletest.New(t, consoletest.Sample(t), console.RoleSecurity), "/flags"), 200, "Nothing is flagged.")
}

func TestFlagsHavePages(t *testing.T) {
	b := consoletest.Flagged(t)
	for i := range 70 {
		f := b.FlagList[2]
		f.ID, f.Subject.Value = fmt.Sprint("n", i), fmt.Sprintf("192.0.2.%d/32", i)
		b.FlagList = append(b.FlagList, f)
	}
	c := consoletest.New(t, b, console.RoleSecurity)
	first := consoletest.Get(c, "/flags?review=new")
	consoletest.Holds(t, "the first page", first, 200, "The newest 50 flags", `value="n69"`, "!value=\"n19\"")
	older := regexp.MustCompile(`rel="next" href="/logs(/[^"]*)"`).FindStringSubmatch(first.Body.String())
	if older == nil {
		t.Fatal("there are no older ones")
	}
	consoletest.Holds(t, "the second page", consoletest.Get(c, html.UnescapeString(older[1])), 200, "24 flags, continued", `value="n19"`, `rel="prev"`)
}

func TestOneAddress(t *testing.T) {
	c := consoletest.New(t, consoletest.Flagged(t), console.RoleSecurity)
	for _, path := range []string{"/flags/f1", "/addresses/203.0.113.7", "/addresses/203.0.113.7%2F32"} {
		consoletest.Holds(t, path, consoletest.Get(c, path), 200, "<bdi>203.0.113.7</bdi>", "Why it is flagged", "Different files that are not there", "More than 10 at a time; one is forgotten every 10 seconds. Or more than 15 slowly; one is forgotten every 10 minutes.",
			`<bdi>/.env</bdi>`, "looks bad", "Sign-in failed.", "Ada Example", "!secret booking", `name="id" value="f1"`, `href="/logs/requests?from=&q=ip%3A203.0.113.7"`,
			"m-failed", "<dt>Strikes</dt><dd><bdi>1</bdi></dd>", "AS64500", `data-chart`)
	}
	consoletest.Holds(t, "no flag", consoletest.Get(c, "/addresses/192.0.2.1"), 200, "This address is not flagged.", `name="address" value="192.0.2.1/32"`, `value="ban"`, `!value="confirm"`, "No requests of that time are kept.")
	consoletest.Holds(t, "IPv6", consoletest.Get(c, "/addresses/2001:db8::7"), 200, `name="address" value="2001:db8::/64"`, "2001:db8::/64", "data-chart")
	consoletest.Holds(t, "an address in a network", consoletest.Get(c, "/addresses/198.51.100.4"), 200, "Flags around it", "198.51.100.0/24")
	consoletest.Holds(t, "an account", consoletest.Get(c, "/flags/f3"), 200, "<bdi>ada</bdi>", "login-distributed", `!value="ban"`, `value="false_positive"`)
	consoletest.Holds(t, "an own rule", consoletest.Get(c, "/flags/f2"), 200, "A rule of this site's own configuration.")
	consoletest.Holds(t, "no such flag", consoletest.Get(c, "/flags/zebra"), 404)
	consoletest.Holds(t, "no address", consoletest.Get(c, "/addresses/zebra"), 400, "is no address")
	consoletest.Holds(t, "a parameter", consoletest.Get(c, "/flags/f1?x=1"), 400)
}

func TestIncidents(t *testing.T) {
	b := consoletest.Flagged(t)
	c := consoletest.New(t, b, console.RoleSecurity)
	consoletest.Holds(t, "the page", consoletest.Get(c, "/incidents"), 200, "2 incidents.",
		"A flood of requests since 2026-11-23 11:59:00 (for 1 minute), at most 900 requests a second where 20 are usual; 1,234 requests refused, of which 34 by a ban.",
		"More addresses to ban at once than the gate may from 2026-11-21 10:00:00 to 11:00:00 (1 hour); 12 requests refused.", `href="/logs/flags/f4"`, "!203.0.113.7")
	consoletest.Holds(t, "a passed one", consoletest.Get(c, "/incidents?id=+r-77+"), 200, "This request", "/api/rooms/23/sync", `<span class="tag">Passed</span>`, "198.51.100.0/24", `href="/logs/addresses/198.51.100.4"`)
	b.RequestList[1].RequestID = "refused-1"
	consoletest.Holds(t, "a refused one", consoletest.Get(c, "/incidents?id=refused-1"), 200, `<span class="tag bad">Banned</span>`, "/wp-login.php", "Its address is not flagged.")
	consoletest.Holds(t, "none", consoletest.Get(c, "/incidents?id=zebra"), 200, "No request of the last 7 days has this id.")
	consoletest.Holds(t, "too long", consoletest.Get(c, "/incidents?id="+strings.Repeat("a", 200)), 400, "An incident id is shorter than that.")
	consoletest.Holds(t, "a parameter", consoletest.Get(c, "/incidents?x=1"), 400)
	consoletest.Holds(t, "no incident", consoletest.Get(consoletest.New(t, consoletest.Sample(t), console.RoleSecurity), "/incidents"), 200, "There was no incident.")
	consoletest.Holds(t, "too much to look at", consoletest.Get(consoletest.New(t, slow{b}, console.RoleSecurity), "/incidents?id=zebra"), 200, "There is too much to look at: no request since 2026-11-23 11:57:00")
}

// What has run out is not shown as if it held, and an incident that ended is none that
// goes on.
func TestWhatHolds(t *testing.T) {
	b := consoletest.Flagged(t)
	c := consoletest.New(t, b, console.RoleSecurity)
	b.FlagList[2].Sanctions = []record.Sanction{{State: record.FlagBanned, Rule: "http-probing", At: consoletest.Now.Add(-time.Hour), Until: consoletest.Now.Add(-45 * time.Minute), Strike: 1}}
	consoletest.Holds(t, "a ban", consoletest.Get(c, "/flags?state=banned"), 200, "203.0.113.7", "1 hour left", "!Ban expired")
	consoletest.Holds(t, "its page", consoletest.Get(c, "/flags/f1"), 200, `<span class="tag bad">Banned</span>`, "<dt>State</dt><dd><bdi>Banned, 1 hour left</bdi>", "Banned for 15 minutes, strike 1")
	consoletest.Holds(t, "the overview", consoletest.Get(c, "/overview"), 200, "A flood of requests since")
	b.Later = 3 * time.Hour
	c.Now = b.Now
	consoletest.Holds(t, "a ban that has run out", consoletest.Get(c, "/flags?state=expired"), 200, "Ban expired", "!left", "!tone-bad")
	consoletest.Holds(t, "what is banned", consoletest.Get(c, "/flags?state=banned"), 200, "!203.0.113.7</bdi>")
	consoletest.Holds(t, "the page of it", consoletest.Get(c, "/flags/f1"), 200, `<span class="tag">Ban expired</span>`, "<dt>Ended</dt>", `<span class="tag">End</span> <bdi>Ban expired</bdi>`)
	consoletest.Holds(t, "the overview afterwards", consoletest.Get(c, "/overview"), 200, "!An incident is going on")
	consoletest.Holds(t, "the incident", consoletest.Get(c, "/incidents"), 200, "A flood of requests from 2026-11-23 11:59:00 to 11:59:50 (50 seconds)", "!Going on")
}

// slow is a source that runs out of time.
type slow struct{ *consoletest.Source }

func (s slow) EachRequest(_ context.Context, _ query.Requests, yield func(*record.Request) error) error {
	if err := yield(&record.Request{Time: consoletest.Now.Add(-3 * time.Minute)}); err != nil {
		return err
	}
	return fmt.Errorf("reading: %w", context.DeadlineExceeded)
}

func (s slow) Summary(context.Context, query.Summary) (record.Summary, error) {
	return record.Summary{}, fmt.Errorf("reading: %w", context.DeadlineExceeded)
}

// TestTooMuchToCount: pages do without what would take too long.
func TestTooMuchToCount(t *testing.T) {
	c := consoletest.New(t, slow{consoletest.Flagged(t)}, console.RoleSecurity)
	consoletest.Holds(t, "the overview", consoletest.Get(c, "/overview"), 200, "There is too much to count.", "!data-chart")
	consoletest.Holds(t, "the server log", consoletest.Get(c, "/requests"), 200, "4 requests in", "Export as CSV", "!data-chart")
	consoletest.Holds(t, "an address", consoletest.Get(c, "/flags/f1"), 200, "There is too much to count.")
	consoletest.Holds(t, "a decision", consoletest.Post(c, "/decide", url.Values{"id": {"f1"}, "decision": {"ban"}}), 200, ">more than 1</td>")
}

// TestCharts: the bars' links and the table say the same times, in the zone.
func TestCharts(t *testing.T) {
	c := consoletest.New(t, consoletest.Sample(t), console.RoleSecurity)
	body := html.UnescapeString(consoletest.Get(c, "/requests?from=2026-11-23&q=status:5xx").Body.String())
	for _, want := range []string{
		`data-start="1795388400" data-step="900" data-range="/logs/requests?q=status%3A5xx"`,
		`href="/logs/requests?from=2026-11-23T11%3A45%3A00%2B01%3A00&q=status%3A5xx&to=2026-11-23T12%3A00%3A00%2B01%3A00"`,
		"<title>2026-11-23 11:45 – 12:00: 5xx 2</title>",
		`<td role="cell" data-label="5xx" class="number">2</td>`,
		"a bar is 15 minutes",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not have %s", want)
		}
	}
	consoletest.Holds(t, "errors", consoletest.Get(c, "/errors"), 200, "data-chart")
	consoletest.Holds(t, "a very long time", consoletest.Get(c, "/requests?from=0001-01-01"), 200, "data-chart")
	consoletest.Holds(t, "all of it", consoletest.Get(c, "/requests?from="), 200, "data-chart")
}

// TestFlagsAreFollowed: the page has what live.js asks, in the API's own words, and
// a histogram of the flags that it lists.
func TestFlagsAreFollowed(t *testing.T) {
	b := consoletest.Flagged(t)
	c := consoletest.New(t, b, console.RoleSecurity)
	body := html.UnescapeString(consoletest.Get(c, "/flags?review=new").Body.String())
	pulse := regexp.MustCompile(`data-pulse="/logs(/[^"]*)" data-mark="([^"]*)" data-single=`).FindStringSubmatch(body)
	if pulse == nil || strings.Contains(body, "data-stream") {
		t.Fatalf("nothing to ask: %s", body)
	}
	var answer struct {
		Flags []struct{ ID, Changed string }
	}
	consoletest.ReadInto(t, consoletest.Get(c, pulse[1]), 200, &answer)
	if len(answer.Flags) != 1 || answer.Flags[0].ID+"/"+answer.Flags[0].Changed != pulse[2] {
		t.Errorf("%s answers %+v, the page has %s", pulse[1], answer, pulse[2])
	}
	consoletest.Holds(t, "the histogram", consoletest.Get(c, "/flags"), 200, "Flags by the time that they last changed", "Observed 3", "Banned 1", ">Flags</th>", `<rect class="v-ban"`,
		`href="/logs/flags?from=2026-11-23T10%3A00%3A00%2B01%3A00&to=2026-11-23T10%3A05%3A00%2B01%3A00"`)
	consoletest.Holds(t, "one time", consoletest.Get(c, "/flags?from=2026-11-23T10:00:00%2B01:00&to=2026-11-23T10:05:00%2B01:00"), 200, "1 flag.", "198.51.100.0/24")
	consoletest.Holds(t, "nothing", consoletest.Get(c, "/flags?ip=192.0.2.1"), 200, `data-mark=""`, "!data-chart", `data-part="list"`)
	consoletest.Holds(t, "other tools", consoletest.Get(c, "/flags"), 200, `href="/logs/api/v1/bans.nft" download>nftables`, `href="/logs/api/v1/bans.txt" download>Text`)
	for _, file := range regexp.MustCompile(`href="/logs(/api/v1/bans[^"]*)"`).FindAllStringSubmatch(body, -1) {
		consoletest.Holds(t, file[1], consoletest.Get(c, file[1]), 200)
	}
	key := func() string {
		return regexp.MustCompile(`data-key="(f2[^"]*)"`).FindStringSubmatch(consoletest.Get(c, "/flags").Body.String())[1]
	}
	before := key()
	b.FlagList[1].Rules[0].Count++
	if key() != before {
		t.Error("a flag that only counts on is new")
	}
	b.FlagList[1].State = record.FlagThrottled
	if key() == before {
		t.Error("a flag of another state is not new")
	}
}
