package abuse_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/plugin/abuse/blocklist"
	"github.com/gatebook/gatebook/record"
)

const listedNet = "198.51.100.0/24"

var listedAddr = netip.MustParseAddr("198.51.100.7")

// listOf returns a block list of one file with these prefixes.
func listOf(t testing.TB, action abuse.Action, text string) abuse.Blocklist {
	t.Helper()
	path := filepath.Join(t.TempDir(), action.String()+".txt")
	if err := os.WriteFile(path, []byte(text+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := blocklist.Open([]string{path})
	if err != nil {
		t.Fatal(err)
	}
	return abuse.Blocklist{List: l, Action: action}
}

func lists(all ...abuse.Blocklist) abuse.Config { return abuse.Config{Blocklists: all} }

func TestListedAddresses(t *testing.T) {
	observe, throttle, block := listOf(t, abuse.Observe, listedNet), listOf(t, abuse.Throttle, listedNet), listOf(t, abuse.Block, listedNet)
	for name, c := range map[string]struct {
		lists   []abuse.Blocklist
		verdict record.Verdict // of the tenth request within a second
	}{
		"observe":           {[]abuse.Blocklist{observe}, record.VerdictPass},
		"throttle":          {[]abuse.Blocklist{throttle}, record.VerdictThrottle},
		"block":             {[]abuse.Blocklist{block}, record.VerdictBan},
		"strictest, first":  {[]abuse.Blocklist{block, observe}, record.VerdictBan},
		"strictest, second": {[]abuse.Blocklist{throttle, block}, record.VerdictBan},
	} {
		t.Run(name, func(t *testing.T) {
			g := newGate(t, lists(c.lists...))
			for i := range 10 {
				g.ask("listed", &abuse.Request{Request: visit(listedAddr, "/")}, start.Add(time.Duration(i)*time.Millisecond))
			}
			if g.last.Verdict != c.verdict || c.verdict != record.VerdictPass && g.last.Rule != abuse.BlocklistRule {
				t.Errorf("the verdict is %+v", g.last)
			}
			if !g.ask("other", &abuse.Request{Request: visit(netip.MustParseAddr("203.0.113.7"), "/")}, start) {
				t.Errorf("another address is refused: %+v", g.last)
			}
			changed := g.TakeChanged()
			if len(changed) != 1 || changed[0].Subject != addressOf(listedAddr) {
				t.Fatalf("the flags are %+v", changed)
			}
			flag := changed[0]
			if len(flag.Rules) != 1 || flag.Rules[0].Rule != abuse.BlocklistRule || flag.Rules[0].Count != 1 || flag.State != record.FlagObserved {
				t.Fatalf("the flag is %+v", flag)
			}
			if e := flag.Evidence; len(e) != 1 || e[0].Error == nil || !strings.Contains(e[0].Error.Message, listedNet+" is in ") || e[0].Path != "/" || e[0].IP != listedAddr {
				t.Errorf("the evidence is %+v", e)
			}
		})
	}
}

// A throttle of a list slows down, with a Retry-After that is true.
func TestListedThrottle(t *testing.T) {
	g := newGate(t, lists(listOf(t, abuse.Throttle, listedNet)))
	now := start
	for g.verdict(listedAddr, now) == record.VerdictPass {
		now = now.Add(time.Millisecond)
	}
	v := g.Admit(abuse.Client{Addr: listedAddr, Path: "/"}, now)
	if v.RetryAfter <= 0 || v.RetryAfter > time.Second {
		t.Fatalf("%+v", v)
	}
	if g.verdict(listedAddr, now.Add(v.RetryAfter-time.Millisecond)) == record.VerdictPass || g.verdict(listedAddr, now.Add(v.RetryAfter)) != record.VerdictPass {
		t.Error("Retry-After is not true")
	}
}

func TestWhoIsNotRefusedByLists(t *testing.T) {
	block, throttle := listOf(t, abuse.Block, listedNet+"\n10.0.0.0/8\n192.0.0.0/8"), listOf(t, abuse.Throttle, listedNet)
	allowed := lists(block)
	allowed.Allow = []netip.Prefix{netip.MustParsePrefix("198.51.100.7/32")}
	if g := newGate(t, allowed); g.verdict(listedAddr, start) != record.VerdictPass {
		t.Error("the allow list does not beat the block list")
	}
	g := newGate(t, lists(block))
	for _, private := range []string{"10.1.2.3", "192.168.0.7"} {
		if g.verdict(netip.MustParseAddr(private), start) != record.VerdictPass {
			t.Errorf("%s is refused", private)
		}
	}
	mustDecide(t, g.Detector, "198.51.100.7/32", record.Decision{Decision: record.DecideAllow}, start)
	if g.verdict(listedAddr, start) != record.VerdictPass {
		t.Error("a person's decision does not beat the block list")
	}
	if g.verdict(netip.MustParseAddr("198.51.100.8"), start) != record.VerdictBan {
		t.Error("a neighbour is not refused")
	}
	// A confirmed session passes a throttle, but no block.
	for _, c := range []struct {
		list abuse.Blocklist
		want bool
	}{{throttle, true}, {block, false}} {
		g := newGate(t, lists(c.list))
		g.Login(&abuse.LoginEvent{Addr: netip.MustParseAddr("203.0.113.9"), UserAgent: browser, Account: "ann", Success: true, Path: "/login", Session: 7}, start)
		if g.passes(listedAddr, browser, 7, start) != c.want {
			t.Errorf("%s: a confirmed session passes: %t", c.list.Action, !c.want)
		}
		if g.passes(listedAddr, browser, 8, start) {
			t.Errorf("%s: another session passes", c.list.Action)
		}
	}
	// Without enforcement everybody passes, and is flagged.
	d := newDetector(t, lists(block))
	if d.Admit(abuse.Client{Addr: listedAddr, Path: "/"}, start).Verdict != record.VerdictPass {
		t.Error("observing, it refuses")
	}
	if found := d.Observe(&abuse.Request{Request: visit(listedAddr, "/")}, start); len(found) != 1 || found[0].Rule != abuse.BlocklistRule || found[0].Action != abuse.Block {
		t.Errorf("found %+v", found)
	}
}

// A reload changes what follows, and what was said of an address is not said again.
func TestListsAreReloaded(t *testing.T) {
	b := listOf(t, abuse.Block, listedNet)
	g := newGate(t, lists(b))
	g.ask("listed", &abuse.Request{Request: visit(listedAddr, "/")}, start)
	if err := os.WriteFile(b.List.Paths()[0], []byte("203.0.113.7\n# a longer file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if changed, err := b.List.Reload(); err != nil || !changed {
		t.Fatal(changed, err)
	}
	if g.verdict(listedAddr, start) != record.VerdictPass || g.verdict(netip.MustParseAddr("203.0.113.7"), start) != record.VerdictBan {
		t.Error("the changed list is not in use")
	}
}

func TestAListedClientAllocatesNothing(t *testing.T) {
	c := abuse.Config{Enforce: true, Blocklists: []abuse.Blocklist{listOf(t, abuse.Observe, "203.0.0.0/16"), listOf(t, abuse.Block, listedNet)}}
	c.Paths = []abuse.PathRate{{Method: "GET", Path: "/desks/*", PerSecond: 1e6, Burst: 1e6}}
	d := newDetector(t, c)
	r := &abuse.Request{Request: visit(netip.MustParseAddr("203.0.113.7"), "/desks/23")}
	now := start
	one := func() {
		now = now.Add(time.Second)
		d.Admit(abuse.Client{Addr: r.IP, UserAgent: r.UserAgent, Method: r.Method, Path: r.Path}, now)
		d.Observe(r, now)
	}
	for range 10 {
		one()
	}
	if n := testing.AllocsPerRun(1000, one); n != 0 {
		t.Errorf("%v allocations a request", n)
	}
}
