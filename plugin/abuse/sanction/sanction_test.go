package sanction

import (
	"net/netip"
	"testing"
	"time"

	"github.com/gatebook/gatebook/record"
)

const now = int64(1_700_000_000e9)

func throttle(until int64, paths ...uint64) *Sanction {
	s := New(record.VerdictThrottle, "rule", netip.Prefix{}, now, until)
	copy(s.paths[:], paths)
	return s
}

func ban(until int64) *Sanction {
	return New(record.VerdictBan, "rule", netip.Prefix{}, now, until)
}

// Two sanctions of an identity are as strict as the stricter one, and as long as the
// longer one.
func TestImpose(t *testing.T) {
	for name, c := range map[string]struct {
		first, second *Sanction
		verdict       record.Verdict
		until         int64
		paths         int // 0 means all
	}{
		"a longer throttle":      {throttle(now + 1), throttle(now + 2), record.VerdictThrottle, now + 2, 0},
		"a shorter throttle":     {throttle(now + 2), throttle(now + 1), record.VerdictThrottle, now + 2, 0},
		"a ban":                  {throttle(now+2, 7), ban(now + 1), record.VerdictBan, now + 2, 0},
		"a throttle after a ban": {ban(now + 1), throttle(now+2, 7), record.VerdictBan, now + 2, 0},
		"another path":           {throttle(now+1, 7), throttle(now+1, 8), record.VerdictThrottle, now + 1, 2},
		"the same path":          {throttle(now+1, 7), throttle(now+1, 7), record.VerdictThrottle, now + 1, 1},
		"all paths":              {throttle(now+1, 7), throttle(now + 1), record.VerdictThrottle, now + 1, 0},
		"a fifth path":           {throttle(now+1, 1, 2, 3, 4), throttle(now+1, 5), record.VerdictThrottle, now + 1, 0},
		"after the first ended":  {ban(now), throttle(now+1, 7), record.VerdictThrottle, now + 1, 1},
	} {
		table := Table{}
		table.Impose(1, c.first, now-1)
		got := table.Impose(1, c.second, now)
		paths := 0
		for _, p := range got.paths {
			if p != 0 {
				paths++
			}
		}
		if got != table[1] || got.Verdict != c.verdict || got.Until != c.until || paths != c.paths || got.Limited() != (paths > 0) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestExtend(t *testing.T) {
	table := Table{1: throttle(now+1, 7), 2: throttle(now + 1), 3: throttle(now, 7)}
	for key := range uint64(5) {
		table.Extend(key, 8, now)
	}
	if !table[1].Has(7) || !table[1].Has(8) || table[2].Limited() || table[3].Has(8) || len(table) != 3 {
		t.Errorf("%+v", table)
	}
}

// A throttle begins empty and lets one request a second pass.
func TestTake(t *testing.T) {
	s := throttle(now + int64(time.Hour))
	if ok, wait := s.Take(now); ok || wait != time.Second {
		t.Errorf("at once: %v, wait %s", ok, wait)
	}
	if ok, _ := s.Take(now + int64(time.Second)); !ok {
		t.Error("not after a second")
	}
	passed := 0
	for range 10 {
		if ok, _ := s.Take(now + int64(time.Minute)); ok {
			passed++
		}
	}
	if passed != 5 {
		t.Errorf("%d at once after a minute", passed)
	}
}

// A full table drops the sanction that ends first.
func TestTableIsBounded(t *testing.T) {
	table := Table{}
	for i := range int64(maxSanctions + 10) {
		table.Impose(uint64(i), ban(now+1+i), now)
	}
	if len(table) != maxSanctions || table[9] != nil || table[10] == nil {
		t.Errorf("%d sanctions, and not the longest ones", len(table))
	}
}

func TestBanDuration(t *testing.T) {
	for _, c := range []struct {
		first  time.Duration
		before int
		want   time.Duration
	}{
		{FirstBan, 0, FirstBan},
		{FirstBan, 1, time.Hour},
		{FirstBan, 2, 4 * time.Hour},
		{FirstBan, 3, 24 * time.Hour},
		{FirstBan, 4, LongestBan},
		{FirstBan, 99, LongestBan},
		{time.Second, 0, time.Second},
		{2 * time.Hour, 1, 2 * time.Hour},
	} {
		if got := BanDuration(c.first, c.before); got != c.want {
			t.Errorf("%s after %d bans: %s, want %s", c.first, c.before, got, c.want)
		}
	}
}

func TestBudget(t *testing.T) {
	var b Budget
	minute := time.Unix(1_700_000_040, 0)
	for i := range 5 {
		ok, exhausted := b.Spend(3, minute)
		if ok != (i < 3) || exhausted != (i == 3) {
			t.Errorf("ban %d: %v, %v", i+1, ok, exhausted)
		}
	}
	if ok, _ := b.Spend(3, minute.Add(time.Minute)); !ok {
		t.Error("none in the next minute")
	}
}

func TestPrefixGroups(t *testing.T) {
	g := PrefixGroups{}
	const wide = 1
	add := func(narrow uint64, want bool) {
		t.Helper()
		if got := g.Add(wide, narrow, now); got != want {
			t.Errorf("/64 number %d: %v", narrow, got)
		}
	}
	add(11, false)
	add(11, false)
	add(12, false)
	g.Remove(wide, 11)
	g.Remove(2, 11)
	add(13, false)
	add(14, true)
	add(15, false) // the /48 is sanctioned already
	if g.Add(wide, 16, now+2*24*int64(time.Hour)) {
		t.Error("those of two days ago still count")
	}
	for i := range uint64(2 * maxGroups) {
		g.Add(100+i, 1, now)
	}
	if len(g) != maxGroups {
		t.Errorf("%d groups", len(g))
	}
}

// A throttle slows down who goes on at the same pace, to half of it at most.
func TestStepFor(t *testing.T) {
	for _, c := range []struct {
		requests int
		between  time.Duration
		want     int
	}{
		{0, 0, 0}, {1, 0, 0}, {1, time.Hour, 0}, {5, 0, 0},
		{2, time.Second / 2, 0},        // two a second
		{2, time.Second, 1},            // one a second: two requests, one gap
		{6, 25 * time.Second, 1},       // one in 5 s
		{6, 26 * time.Second, 2},       // less
		{6, 150 * time.Second, 2},      // one in 30 s
		{6, 151 * time.Second, 3},      // less
		{11, 24 * time.Hour, LastStep}, // ten a day
	} {
		if got := StepFor(c.requests, c.between); got != c.want {
			t.Errorf("%d requests in %s: step %d, want %d", c.requests, c.between, got, c.want)
		}
	}
}
