package abuse_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/record"
)

// found returns the rules that requests of one address break, in their order.
func found(t *testing.T, c abuse.Config, list ...*record.Request) (rules []string) {
	t.Helper()
	d := newDetector(t, c)
	for i, r := range list {
		for _, o := range d.Observe(&abuse.Request{Request: r}, start.Add(time.Duration(i)*time.Millisecond)) {
			rules = append(rules, o.Rule)
		}
	}
	return rules
}

func TestOwnRules(t *testing.T) {
	own := abuse.OwnRule{Rule: abuse.Rule{Name: "api-404", Capacity: 3, Leak: 5 * time.Second, Distinct: abuse.Path, Action: abuse.Throttle}, Statuses: []int{404}, Path: "/api/*"}
	c := abuse.Config{Own: []abuse.OwnRule{own}, Actions: map[string]abuse.Action{"http-crawl-non_statics": abuse.Off}}
	var list []*record.Request
	for i := range 4 {
		list = append(list, missing(attacker, fmt.Sprintf("/api/%d", i)))
	}
	if got := found(t, c, list...); fmt.Sprint(got) != "[api-404]" {
		t.Errorf("%v", got)
	}
	if got := found(t, c, list[0], list[1], list[2], list[0], list[1], visit(attacker, "/api/9"), missing(attacker, "/x/api/1")); len(got) > 0 {
		t.Errorf("%v", got)
	}
}

func TestWrongConfig(t *testing.T) {
	rule := func(change func(r *abuse.OwnRule)) abuse.Config {
		r := abuse.OwnRule{Rule: abuse.Rule{Name: "mine", Capacity: 3, Leak: time.Second, Action: abuse.Observe}, Path: "/x"}
		change(&r)
		return abuse.Config{Own: []abuse.OwnRule{r}}
	}
	for want, c := range map[string]abuse.Config{
		"there are: http-probing": {Actions: map[string]abuse.Action{"http-prying": abuse.Off}},
		"no patterns to add to":   {Patterns: map[string][]string{"rate": {"xx"}}},
		"must have 2 to 256":      {Patterns: map[string][]string{"http-cve-probing": {"^x$"}}},
		"exists already":          rule(func(r *abuse.OwnRule) { r.Name = "rate" }),
		"matches every request":   rule(func(r *abuse.OwnRule) { r.Path = "" }),
		"capacity -1":             rule(func(r *abuse.OwnRule) { r.Capacity = -1 }),
		"leak 0s":                 rule(func(r *abuse.OwnRule) { r.Leak = 0 }),
		"status 42":               rule(func(r *abuse.OwnRule) { r.Statuses = []int{42} }),
		"are more than the":       {Own: make([]abuse.OwnRule, 40)},
	} {
		if _, err := abuse.New(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func TestMorePatterns(t *testing.T) {
	words, err := abuse.ReadPatterns(strings.NewReader("# ours\n/Old-Admin/\n\n^scraper$\r\n"))
	if err != nil || fmt.Sprint(words) != "[/Old-Admin/ ^scraper$]" {
		t.Fatalf("%q %v", words, err)
	}
	c := abuse.Config{Patterns: map[string][]string{"http-cve-probing": words[:1], "http-bad-user-agent": words[1:]}}
	r := missing(attacker, "/x/old-ADMIN/")
	r.UserAgent = "Scraper"
	if got := found(t, c, r, missing(attacker, "/y/old-admin/"), r); fmt.Sprint(got) != "[http-cve-probing http-bad-user-agent]" {
		t.Errorf("%v", got)
	}
	if got := found(t, abuse.Config{}, r, r); len(got) > 0 {
		t.Errorf("%v", got)
	}
	if _, err := abuse.ReadPatterns(strings.NewReader("fine\nx\n")); err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("error %v", err)
	}
}

// Ordinary requests break no rule.
func TestEverydayRequests(t *testing.T) {
	var list []*record.Request
	for _, target := range []string{
		"/search?q=select+a+desk+from+the+list", "/desks?filter=a<b", "/articles/how-to-union-select-in-sql", "/admin/users", "/admin/", "/login?next=/desks",
		"/api/events", "/orders", "/.well-known/security.txt", "/robots.txt", "/favicon.ico", "/style.css?1700000000", "/authors?author_id=3",
		"/export.csv?name=O'Neil", "/photos/image(1).jpg", "/files/readme.pdf", "/wp/blog", "/environment", "/desks/../desks",
	} {
		path, query, _ := strings.Cut(target, "?")
		for _, status := range []int{200, 403} {
			r := visit(attacker, path)
			r.Query, r.Status = query, status
			if strings.HasPrefix(path, "/admin") || status == 200 {
				list = append(list, r)
			}
		}
	}
	if got := found(t, abuse.Config{}, list...); len(got) > 0 {
		t.Errorf("%v", got)
	}
}

// A client that claims to be a search engine is verified once. A genuine one is
// never flagged.
func TestCrawlers(t *testing.T) {
	const google = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
	asked := 0
	d := newDetector(t, abuse.Config{Enforce: true, Verify: func(c abuse.Crawler, ip netip.Addr) {
		if asked++; c.Name != "googlebot" || ip != attacker || len(c.Domains) != 2 {
			t.Errorf("asked about %+v %s", c, ip)
		}
	}})
	crawl := func(ip netip.Addr, n int) (rules []string) {
		for i := range n {
			r := missing(ip, fmt.Sprintf("/old/%d", i))
			r.UserAgent = google
			for _, o := range d.Observe(&abuse.Request{Request: r}, start.Add(time.Duration(i)*time.Millisecond)) {
				rules = append(rules, o.Rule)
			}
		}
		return rules
	}
	if got := crawl(netip.MustParseAddr("66.249.73.135"), 500); len(got) > 0 {
		t.Errorf("the real one: %v", got)
	}
	if got := crawl(attacker, 100); len(got) == 0 || asked != 1 {
		t.Errorf("a false one: %v, asked %d times", got, asked)
	}
	engine := abuse.Crawler{Name: "googlebot"}
	if got, err := d.Verified(engine, attacker, false, start); err != nil || len(got) != 1 || got[0].Rule != "spoofed-crawler" {
		t.Errorf("%v %v", got, err)
	}
	if got, err := d.Verified(engine, attacker, true, start); err != nil || len(got) > 0 {
		t.Errorf("%v %v", got, err)
	}
	if v := d.Admit(abuse.Client{Addr: attacker, UserAgent: google}, start.Add(time.Second)); v.Verdict != record.VerdictPass {
		t.Errorf("a verified one is refused: %+v", v)
	}
	if got := crawl(attacker, 100); len(got) > 0 {
		t.Errorf("a verified one: %v", got)
	}
	if _, err := d.Verified(abuse.Crawler{Name: "none"}, attacker, true, start); err == nil {
		t.Error("an unknown engine is verified")
	}
}

// A flood is detected, halves the budget of unknown clients, and ends.
func TestInstanceFlood(t *testing.T) {
	d, now := newDetector(t, abuse.Config{Enforce: true}), start
	client := 0
	run := func(seconds, perSecond int) (rules []string) {
		for i := range seconds * perSecond {
			client++
			ip := netip.AddrFrom4([4]byte{203, byte(client >> 16), byte(client >> 8), byte(client)})
			at := now.Add(time.Duration(i) * time.Second / time.Duration(perSecond))
			for _, o := range d.Observe(&abuse.Request{Request: visit(ip, "/")}, at) {
				if o.Rule != "rate" { // of burst
					rules = append(rules, o.Rule)
				}
			}
		}
		now = now.Add(time.Duration(seconds) * time.Second)
		return rules
	}
	burst := func() (n int) {
		c := abuse.Client{Addr: netip.AddrFrom4([4]byte{198, 51, 100, byte(client)}), UserAgent: browser, Path: "/"}
		for d.Admit(c, now).Verdict == record.VerdictPass {
			n++
		}
		return n
	}
	if got := run(120, 20); len(got) > 0 || burst() != 500 {
		t.Errorf("everyday: %v", got)
	}
	if got := run(20, 2000); fmt.Sprint(got) != "[instance-flood]" || !d.Flooded() {
		t.Errorf("a flood: %v", got)
	}
	if n := burst(); n != 500/20 {
		t.Errorf("%d requests pass at once during a flood", n)
	}
	if got := run(60, 20); len(got) > 0 || d.Flooded() {
		t.Errorf("afterwards: %v, flooded %v", got, d.Flooded())
	}
}
