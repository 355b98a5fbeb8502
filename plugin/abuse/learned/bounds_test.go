package learned

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// letters returns a name without digits for a number.
func letters(n int) string {
	return strings.Map(func(r rune) rune { return r - '0' + 'g' }, fmt.Sprintf("%07d", n))
}

// However much is taught, what is learned takes at most 8 MB.
func TestMemory(t *testing.T) {
	const most = 8 << 20
	before := heap()
	a := New(7)
	long := strings.Repeat("some-long-folder/", 12)
	var corrections []Target
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 60_000 {
		now := start + int64(i)*hour/400
		path := "/" + letters(i) + "/" + long
		by := &Teacher{Client: random.Uint64(), Subnet: random.Uint64(), Confirmed: i%2 == 0}
		a.Answer(by, "GET", path, 200+204*(i/2%2), 900, now)
		a.Wrote(by, a.Look("GET", path).Template, strings.Repeat("x", 50)+letters(i), true, now)
		a.Unknown("GET", path, 200, int64(100+i/8), now)
		a.LoginAt(path, now)
		if i < maxCorrections {
			corrections = append(corrections, Target{Own, random.Uint64(), path})
		}
		if i == maxCorrections {
			correct(t, a, true, "x", now, corrections...)
		}
		if i == 40_000 {
			a.TakeChanged()
		}
	}
	used := heap() - before
	templates, parameters := 0, 0
	for i := range a.shards {
		s := &a.shards[i]
		templates += len(s.templates.entries)
		parameters += len(s.parameters.entries)
		for _, table := range []*table{&s.templates, &s.parameters} {
			learned := table.ranks[byOne].n + table.ranks[bySeveral].n
			if n := table.ranks[candidate].n + learned; n != len(table.entries) || learned > table.limit-table.limit/8 || n > table.limit || len(table.gone) > table.limit {
				t.Errorf("%d of %d learned, in a table of %d; %d gone", learned, n, len(table.entries), len(table.gone))
			}
		}
	}
	t.Logf("%d KiB for %d templates, %d parameters", used>>10, templates, parameters)
	if templates < shards*shardTemplates*9/10 || parameters < shards*shardParameters*9/10 {
		t.Error("the tables are not full")
	}
	if used > most {
		t.Errorf("%d bytes are more than %d", used, most)
	}
	runtime.KeepAlive(a)
}

// heap returns the bytes in use, without garbage.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// New templates of one client push out neither what several taught nor more than half
// of what others taught alone.
func TestFloodOfOneClient(t *testing.T) {
	const several, ones = 1000, 4000
	teach := func() *App {
		a := New(7)
		for i := range several {
			for subnet := range uint64(3) {
				a.Answer(visitor(1, subnet+1), "GET", "/several/"+letters(i), 200, 900, start)
				a.Answer(visitor(1, subnet+1), "GET", "/dead/"+letters(i), 404, 900, start)
			}
		}
		for i := range ones {
			a.Answer(account(uint64(i%50), 1), "GET", "/one/"+letters(i), 200, 900, start)
		}
		return a
	}
	for name, by := range map[string]*Teacher{"a visitor": visitor(77, 77), "an account": account(77, 77)} {
		a := teach()
		for i := range 50_000 {
			a.Answer(by, "GET", "/flood/"+letters(i), 200, 900, start+hour+int64(i))
		}
		own, dead, one := 0, 0, 0
		for i := range ones {
			if i < several && a.Look("GET", "/several/"+letters(i)).Own {
				own++
			}
			if i < several && a.Look("GET", "/dead/"+letters(i)).Broken {
				dead++
			}
			if a.Look("GET", "/one/"+letters(i)).Own {
				one++
			}
		}
		t.Logf("%s: %d, %d and %d remain", name, own, dead, one)
		if own != several || dead != several || one < ones*9/10 {
			t.Errorf("%s pushes out what others taught", name)
		}
	}
}

// A candidate is learned also while one client floods.
func TestLearningInAFlood(t *testing.T) {
	a := New(7)
	flood := 0
	for i := range 200 {
		for subnet := range uint64(3) {
			a.Answer(visitor(1, subnet+1), "GET", "/page/"+letters(i), 200, 900, start)
			for range 200 {
				flood++
				a.Answer(visitor(77, 77), "GET", "/flood/"+letters(flood), 200, 900, start)
			}
		}
	}
	for i := range 200 {
		if !a.Look("GET", "/page/"+letters(i)).Own {
			t.Errorf("page %d is not learned", i)
		}
	}
}

func TestConcurrent(t *testing.T) {
	a := New(7)
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 3000 {
				path, now := "/p/"+letters(i%500), start+int64(i)*hour/4
				by := account(uint64(i%7), uint64(g))
				a.Answer(by, "GET", path, 200+204*(i%2), 900, now)
				k := a.Look("GET", path)
				a.Wrote(by, k.Template, "q", true, now)
				a.Writes(k.Template, "q", false)
				a.Unknown("GET", "/"+letters(i), 200, int64(100+i/16), now)
				a.LoginAt(path, now)
				a.Mature(now)
				switch i % 100 {
				case 0:
					a.List(0, "p", 10)
				case 1:
					stored := kept{}
					stored.put(a.TakeChanged())
					if n := New(7).Restore(stored.records(), now); n != 0 {
						t.Errorf("%d unreadable", n)
					}
				case 2:
					if err := a.Correct(true, fmt.Sprint(g), now, a.TemplateTarget(Own, "GET", path)); err != nil {
						t.Error(err)
					}
				case 3:
					a.Undo(fmt.Sprint(g))
				}
			}
		})
	}
	wg.Wait()
}
