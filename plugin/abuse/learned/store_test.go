package learned

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// kept is a store: what was taken, by key.
type kept map[string][]byte

func (k kept) put(list []Record) {
	for _, r := range list {
		if r.Value == nil {
			delete(k, r.Key)
		} else {
			k[r.Key] = r.Value
		}
	}
}

func (k kept) records() (list []Record) {
	for _, key := range slices.Sorted(maps.Keys(k)) {
		list = append(list, Record{key, k[key]})
	}
	return list
}

// state is all that is to be the same after a restart.
func state(a *App, now int64) string {
	items, total := a.List(0, "", 1<<20)
	text := fmt.Sprintln(total, a.Mature(now), a.Mature(now+day))
	for i := range items {
		text += fmt.Sprintf("%+v\n", items[i])
	}
	for _, path := range paths {
		for _, method := range methods {
			k := a.Look(method, path)
			text += fmt.Sprintln(method, path, k, a.Writes(k.Template, "q", false), a.CatchAll(200, 900))
		}
	}
	return text
}

var (
	paths   = []string{"/", "/a", "/users/17", "/search", "/login", "/b/c", "/d", "/e", "/f", "/g"}
	methods = []string{"GET", "POST", "PROPFIND"}
)

// teach does something random to Apps, the same to all of them.
func teach(t *rapid.T, now int64, apps ...*App) {
	path := rapid.SampledFrom(paths).Draw(t, "path")
	method := rapid.SampledFrom(methods).Draw(t, "method")
	by := Teacher{
		Client: rapid.Uint64Range(1, 4).Draw(t, "client"), Subnet: rapid.Uint64Range(1, 4).Draw(t, "subnet"),
		Confirmed: rapid.Bool().Draw(t, "confirmed"),
	}
	status := rapid.SampledFrom([]int{200, 200, 302, 404, 400, 403}).Draw(t, "status")
	what := rapid.IntRange(0, 7).Draw(t, "what")
	yes := rapid.Bool().Draw(t, "yes")
	source := rapid.SampledFrom([]string{"x", "y"}).Draw(t, "source")
	for _, a := range apps {
		switch what {
		default:
			a.Answer(&by, method, path, status, 900, now)
		case 4:
			a.Wrote(&by, a.Look(method, path).Template, "q", true, now)
		case 5:
			a.LoginAt(path, now)
		case 6:
			for _, p := range paths {
				a.Unknown("GET", p, 200, 900, now)
			}
		case 7:
			if !yes {
				a.Undo(source)
			} else if err := a.Correct(by.Confirmed, source, now, a.TemplateTarget(Own, method, path), a.ParameterTarget(method, path, "q")); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// What is restored from what was taken behaves as if there had been no restart.
func TestRestoredIsTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, stored, now := New(7), kept{}, start
		apps := []*App{a}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			now += rapid.SampledFrom([]int64{1, hour, 9 * hour, 9 * day}).Draw(t, "later")
			switch rapid.IntRange(0, 9).Draw(t, "step") {
			default:
				teach(t, now, apps...)
			case 0:
				stored.put(a.TakeChanged())
			case 1:
				stored.put(a.TakeChanged())
				b := New(7)
				if n := b.Restore(stored.records(), now); n != 0 {
					t.Fatalf("%d unreadable", n)
				}
				a.forgetOld(hourOf(now)) // as a restart does
				if before, after := state(a, now), state(b, now); before != after {
					t.Fatalf("before the restart:\n%safter it:\n%s", before, after)
				}
				a, apps = b, []*App{b}
			}
		}
	})
}

// Records can be restored more than once, and what is restored adds to what was
// taught meanwhile.
func TestRestoreAdds(t *testing.T) {
	a, b := New(7), New(7)
	for _, one := range []*App{a, b} {
		one.Answer(visitor(1, 1), "GET", "/a", 200, 900, start)
	}
	a.Answer(visitor(1, 2), "GET", "/a", 200, 900, start)
	b.Answer(visitor(1, 3), "GET", "/a", 200, 900, start+hour)
	list := a.TakeChanged()
	for range 2 {
		if n := b.Restore(list, start); n != 0 || !b.Look("GET", "/a").Own {
			t.Errorf("%d unreadable, %+v", n, b.Look("GET", "/a"))
		}
	}
	if a.TakeChanged() != nil {
		t.Error("the same changes are taken twice")
	}
	c := New(7)
	c.Restore(list, start)
	c.Restore(b.TakeChanged(), start)
	if !c.Look("GET", "/a").Own {
		t.Error("what differs from the store is not to be stored")
	}
}

// What was stored with another seed has new keys.
func TestOtherSeed(t *testing.T) {
	a, b := New(7), New(8)
	for client := range uint64(3) {
		a.Answer(account(client, 1), "GET", "/users/17", 200, 900, start)
	}
	wrote(a, a.Look("GET", "/users/17").Template, "q", start)
	a.LoginAt("/login", start)
	correct(t, a, true, "x", start, target(t, a, Broken, "GET /dead"), target(t, a, Writes, "GET /b?z"), target(t, a, Login, "/in"))
	stored := kept{}
	stored.put(a.TakeChanged())
	if n := b.Restore(stored.records(), start); n != 0 {
		t.Errorf("%d unreadable", n)
	}
	same := func(b *App) bool {
		k := b.Look("GET", "/users/3")
		return k.Own && b.Writes(k.Template, "q", false) && b.Look("GET", "/dead").Broken && b.Look("POST", "/login").Login &&
			b.Look("POST", "/in").Login && b.Writes(b.Look("GET", "/b").Template, "z", false)
	}
	if !same(b) {
		t.Error("not all of it is restored")
	}
	n := len(stored)
	stored.put(b.TakeChanged())
	c := New(8)
	if c.Restore(stored.records(), start); !same(c) || len(stored) != n || len(c.TakeChanged()) != 0 {
		t.Errorf("%d records, then %d", n, len(stored))
	}
}

// Records that cannot be read are counted and deleted.
func TestUnreadable(t *testing.T) {
	a := New(7)
	a.Answer(account(1, 1), "GET", "/a", 200, 900, start)
	stored := kept{"": {1}, "x": nil, "t": {1}, "zzzzzzzzzz": {1}, recordKey('t', 1): {2, 0}, recordKey('m', 0): {1, 0}}
	stored.put(a.TakeChanged())
	b := New(7)
	if n := b.Restore(stored.records(), start); n != 5 || !b.Look("GET", "/a").Own {
		t.Errorf("%d unreadable", n)
	}
	if stored.put(b.TakeChanged()); len(stored) != 1+1 {
		t.Errorf("%d remain", len(stored))
	}
}

// No record harms, whatever is in it.
func FuzzRestore(f *testing.F) {
	a := New(7)
	a.Answer(account(1, 1), "GET", "/a/17", 200, 900, start)
	wrote(a, a.Look("GET", "/a/1").Template, "q", start)
	a.LoginAt("/login", start)
	for i := range 8 {
		a.Unknown("GET", "/"+letters(i), 200, 900, start)
	}
	if err := a.Correct(true, "x", start, a.TemplateTarget(Own, "GET", "/b"), a.ParameterTarget("GET", "/b", "q")); err != nil {
		f.Fatal(err)
	}
	for _, r := range a.TakeChanged() {
		f.Add(r.Key, r.Value)
	}
	f.Fuzz(func(t *testing.T, key string, value []byte) {
		a := New(7)
		if a.Restore([]Record{{key, value}, {key, value}}, start)%2 != 0 {
			t.Error("the same record can be read once only")
		}
		a.List(0, "", 10)
		a.Mature(start)
		a.Answer(account(1, 1), "GET", "/a/17", 200, 900, start+40*day)
		b := New(7)
		stored := kept{}
		stored.put(a.TakeChanged())
		if n := b.Restore(stored.records(), start); n != 0 {
			t.Errorf("%d unreadable", n)
		}
	})
}
