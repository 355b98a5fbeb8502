package corpus

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

func digest(seed uint64, n int) [32]byte {
	h := sha256.New()
	l := New(seed, n)
	for r := (record.Request{}); l.Next(&r); {
		fmt.Fprintln(h, r)
	}
	return [32]byte(h.Sum(nil))
}

func TestTheSameSeedIsTheSameLog(t *testing.T) {
	first, again := digest(1, 5000), digest(1, 5000)
	if first != again {
		t.Error("two logs of one seed differ")
	}
	if first == digest(2, 5000) {
		t.Error("two seeds make one log")
	}
}

func TestALogIsLikeReal(t *testing.T) {
	const n = 50_000
	l := New(1, n)
	count, found, busyHour := 0, 0, 0
	last := time.Time{}
	statuses, agents, addresses := map[int]int{}, map[string]int{}, map[netip.Addr]int{}
	busy, from, to := l.Busy()
	for r := (record.Request{}); l.Next(&r); count++ {
		if r.Time.Before(last) {
			t.Fatal("times go backwards")
		}
		last = r.Time
		statuses[r.Status]++
		agents[r.UserAgent]++
		addresses[r.IP]++
		if strings.Contains(r.Path, Needle) {
			found++
		}
		if r.IP == busy.Addr && !r.Time.Before(from) && r.Time.Before(to) {
			busyHour++
		}
		if r.Duration <= 0 || r.Country == "" || r.Method == "" || r.Path == "" {
			t.Fatalf("a request lacks something: %+v", r)
		}
	}
	if count != n {
		t.Errorf("%d requests, want %d", count, n)
	}
	if found == 0 || found > n/100 {
		t.Errorf("%d requests have the needle", found)
	}
	if busyHour < n/64 {
		t.Errorf("%d requests of the busy address in its hour, want %d", busyHour, n/64)
	}
	if len(statuses) < 5 || len(agents) < 100 || len(addresses) < 500 {
		t.Errorf("%d statuses, %d agents, %d addresses", len(statuses), len(agents), len(addresses))
	}
	t.Logf("until %v: %v, %d agents, %d addresses", last, statuses, len(agents), len(addresses))
}

func TestUserAgents(t *testing.T) {
	seen := map[string]bool{}
	for _, a := range userAgents() {
		if seen[a] {
			t.Errorf("%s is there twice", a)
		}
		seen[a] = true
	}
	if n := len(seen); n < 550 || n > 650 {
		t.Errorf("%d user agents, want some 600", n)
	}
}

func TestHostile(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	var a, b record.Request
	Hostile(rng, &a)
	Hostile(rng, &b)
	if a.Path == b.Path || a.UserAgent == b.UserAgent {
		t.Error("what should be unheard-of came twice")
	}
}

func BenchmarkNext(b *testing.B) {
	l := New(1, 1<<30)
	var r record.Request
	for b.Loop() {
		l.Next(&r)
	}
}

// The words that are to be rare, common or missing are.
func TestEventsAreLikeReal(t *testing.T) {
	const n = 20_000
	found := map[string]int{}
	first, again := NewEvents(1, n), NewEvents(1, n)
	last := time.Time{}
	for e, other := (record.Event{}), (record.Event{}); first.Next(&e) && again.Next(&other); {
		if !reflect.DeepEqual(e, other) {
			t.Fatal("two logs of one seed differ")
		}
		if e.Time.Before(last) || e.ID == "" || e.Category == "" {
			t.Fatalf("%+v after %s", e, last)
		}
		last = e.Time
		has := func(word string) bool {
			q := query.Events{EventFilter: query.EventFilter{Words: []string{word}}}
			return q.Match(&e)
		}
		for _, word := range []string{CommonWord, OneWord, AnotherWord, MissingWord, ForeignWord} {
			if has(word) {
				found[word]++
			}
		}
		if has(OneWord) && has(AnotherWord) {
			t.Fatalf("both words are in %+v", e)
		}
		if e.Initiator.ID == NeverDenied && e.Outcome == record.OutcomeDenied {
			t.Fatalf("denied: %+v", e)
		}
	}
	for _, word := range []string{CommonWord, OneWord, AnotherWord} {
		if found[word] < n/10 {
			t.Errorf("%q is in %d", word, found[word])
		}
	}
	if found[MissingWord]+found[ForeignWord] > 0 {
		t.Errorf("found %v", found)
	}
}
