package learned

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func target(t *testing.T, a *App, kind Kind, text string) Target {
	t.Helper()
	one, err := a.Target(kind, text)
	if err != nil {
		t.Fatalf("%s %s: %v", kind, text, err)
	}
	return one
}

func correct(t *testing.T, a *App, yes bool, source string, at int64, targets ...Target) {
	t.Helper()
	if err := a.Correct(yes, source, at, targets...); err != nil {
		t.Fatal(err)
	}
}

// A person wins over what was learned, and does not age.
func TestPersonWins(t *testing.T) {
	a := New(7)
	for client := range uint64(3) {
		a.Answer(account(client+1, 1), "GET", "/a", 200, 900, start)
		a.Answer(account(client+1, 1), "GET", "/dead", 404, 900, start)
	}
	template := a.Look("GET", "/a").Template
	wrote(a, template, "q", start)
	a.LoginAt("/login", start)
	for i := range 9 {
		a.Unknown("GET", "/scan-"+string(rune('a'+i)), 200, 900, start)
	}
	known := func() string {
		return fmt.Sprint(a.Look("GET", "/a").Own, a.Look("GET", "/dead").Broken, a.Writes(template, "q", false),
			a.Look("POST", "/login").Login, a.CatchAll(200, 900))
	}
	all := []Target{
		target(t, a, Own, "GET /a"), target(t, a, Broken, "read /dead"), target(t, a, Writes, "GET /a?q"),
		target(t, a, Login, "/login"), target(t, a, CatchAll, "200 with 900 bytes"),
	}
	correct(t, a, false, "person", start, all...)
	if got := known(); got != "false false false false false" {
		t.Errorf("corrected: %s", got)
	}
	if n := a.Undo("person"); n != 5 || a.Undo("person") != 0 {
		t.Errorf("%d undone", n)
	}
	if got := known(); got != "true true true true true" {
		t.Errorf("undone: %s", got)
	}
	correct(t, a, true, "person", start, all...)
	a.Answer(visitor(1, 1), "GET", "/x", 200, 900, start+100*day)
	if got := known(); got != "true true true true true" {
		t.Errorf("after 100 days: %s", got)
	}
	if k := a.Look("GET", "/a"); !k.ByPerson || a.Look("GET", "/b").ByPerson {
		t.Errorf("%+v", k)
	}
}

// Undoing one source leaves what another one says. The last one holds.
func TestSources(t *testing.T) {
	a := New(7)
	own := a.TemplateTarget(Own, "GET", "/users/17")
	correct(t, a, true, "flag-1", start, own)
	correct(t, a, true, "flag-2", start+1, own)
	a.Undo("flag-1")
	if !a.Look("GET", "/users/4").Own {
		t.Error("undone for another source, too")
	}
	correct(t, a, false, "page", start+2, own)
	if a.Look("GET", "/users/4").Own {
		t.Error("the last one does not hold")
	}
	items, _ := a.List(Own, "users", 10)
	if len(items) != 1 || items[0].Yes || items[0].Learned || !slices.Equal(items[0].Sources, []string{"page", "flag-2"}) {
		t.Errorf("%+v", items)
	}
	correct(t, a, true, "page", start+3, own)
	if !a.Look("GET", "/users/4").Own {
		t.Error("a source cannot change its mind")
	}
}

func TestCorrectErrors(t *testing.T) {
	a := New(7)
	for _, c := range []struct {
		kind Kind
		text string
	}{{Own, "/a"}, {Own, "GET a"}, {Own, "OPTIONS /a"}, {Own, "GET /" + strings.Repeat("a-", 300)}, {Login, "login"}, {Login, ""},
		{Writes, "GET /a"}, {CatchAll, "200"}, {CatchAll, "404 with 100 bytes"}, {CatchAll, "200 with x bytes"}, {0, "GET /a"}, {numberKinds, "GET /a"}} {
		if got, err := a.Target(c.kind, c.text); err == nil {
			t.Errorf("%d %s: %+v", c.kind, c.text, got)
		}
	}
	good := target(t, a, Own, "GET /a")
	if a.Correct(true, "", start, good) == nil || a.Correct(true, strings.Repeat("x", 65), start, good) == nil || a.Correct(true, "x", start, good, Target{}) == nil {
		t.Error("no error")
	}
	if a.Look("GET", "/a").Own {
		t.Error("half of it holds")
	}
	for i := range maxCorrections {
		correct(t, a, true, fmt.Sprint(i), start, good)
	}
	if err := a.Correct(true, "more", start, good); err == nil {
		t.Error("there is no bound")
	}
	correct(t, a, false, "7", start+1, good)
}

func TestKindNames(t *testing.T) {
	for k := Own; k < numberKinds; k++ {
		if got, ok := ParseKind(k.String()); !ok || got != k {
			t.Errorf("%d: %s", k, k)
		}
	}
	if _, ok := ParseKind(""); ok || numberKinds.String() != "" {
		t.Error("unknown kinds have names")
	}
}

// What a list shows can be said of, also where the text is cut.
func TestListedTargets(t *testing.T) {
	a := New(7)
	long := "/" + strings.Repeat("abc/", 60)
	for client := range uint64(3) {
		a.Answer(account(client+1, 1), "GET", long, 200, 900, start)
		a.Answer(account(client+1, 1), "POST", "/users/1", 404, 900, start)
	}
	wrote(a, a.Look("GET", long).Template, "q", start)
	a.LoginAt("/login/5", start)
	for i := range 9 {
		a.Unknown("GET", "/scan-"+string(rune('a'+i)), 200, 900, start)
	}
	items, total := a.List(0, "", 100)
	if total != 5 || len(items) != 5 || !slices.IsSortedFunc(items, func(x, y Item) int { return int(x.Kind) - int(y.Kind) }) {
		t.Fatalf("%d: %+v", total, items)
	}
	for _, i := range items {
		if got := target(t, a, i.Kind, i.Text); got.Key != i.Key || !i.Yes || !i.Learned || i.First.IsZero() || i.Last.IsZero() {
			t.Errorf("%+v, want %+v", got, i)
		}
	}
	if items[0].Teachers != 3 || !items[0].Confirmed || items[1].Text != "write /users/{n}" {
		t.Errorf("%+v", items[:2])
	}
	if items, total = a.List(Login, "log", 0); len(items) != 0 || total != 1 {
		t.Errorf("%d of %d", len(items), total)
	}
}
