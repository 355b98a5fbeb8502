package learned

import (
	"fmt"
	"testing"
	"time"
)

const (
	hour  = int64(time.Hour)
	day   = 24 * hour
	start = 1_790_000_000 * int64(time.Second)
)

func TestOwn(t *testing.T) {
	for name, c := range map[string]struct {
		teachers []*Teacher
		status   int
		want     bool
	}{
		"a confirmed client":         {[]*Teacher{account(1, 1)}, 200, true},
		"three subnets":              {[]*Teacher{visitor(1, 1), visitor(1, 2), visitor(1, 3)}, 302, true},
		"a websocket":                {[]*Teacher{account(1, 1)}, 101, true},
		"two subnets":                {[]*Teacher{visitor(1, 1), visitor(1, 2)}, 200, false},
		"three addresses of one":     {[]*Teacher{visitor(1, 1), visitor(2, 1), visitor(3, 1)}, 200, false},
		"forbidden":                  {[]*Teacher{account(1, 1)}, 403, false},
		"an error":                   {[]*Teacher{account(1, 1)}, 500, false},
		"what looks like an attack":  {[]*Teacher{{Client: 1, Subnet: 1, Confirmed: true, Suspect: true}}, 200, false},
		"three in vain are not own":  {[]*Teacher{visitor(1, 1), visitor(1, 2), visitor(1, 3)}, 404, false},
		"a redirect of one, unknown": {[]*Teacher{visitor(1, 1)}, 301, false},
	} {
		a := New(7)
		for i, one := range c.teachers {
			a.Answer(one, "GET", fmt.Sprintf("/orders/%d", i), c.status, 512, start)
		}
		if k := a.Look("HEAD", "/orders/99"); k.Own != c.want {
			t.Errorf("%s: %+v", name, k)
		}
		if a.Look("POST", "/orders/99").Own || a.Look("GET", "/orders/x").Own {
			t.Errorf("%s: other templates are own", name)
		}
	}
}

func TestBroken(t *testing.T) {
	for name, c := range map[string]struct {
		teachers []*Teacher
		status   int
		want     bool
	}{
		"three subnets":          {[]*Teacher{visitor(1, 1), visitor(1, 2), visitor(1, 3)}, 404, true},
		"three accounts":         {[]*Teacher{account(1, 1), account(2, 1), account(3, 1)}, 410, true},
		"three addresses of one": {[]*Teacher{visitor(1, 1), visitor(2, 1), visitor(3, 1)}, 404, false},
		"one account":            {[]*Teacher{account(1, 1), account(1, 2), account(1, 3)}, 404, false},
		"forbidden":              {[]*Teacher{visitor(1, 1), visitor(1, 2), visitor(1, 3)}, 403, false},
		"suspect":                {[]*Teacher{{Subnet: 1, Suspect: true}, {Subnet: 2, Suspect: true}, {Subnet: 3, Suspect: true}}, 404, false},
	} {
		a := New(7)
		for _, one := range c.teachers {
			a.Answer(one, "GET", "/plants/cacti/item-1", c.status, 162, start)
		}
		if k := a.Look("GET", "/plants/cacti/item-2"); k.Broken != c.want || k.Own {
			t.Errorf("%s: %+v", name, k)
		}
	}
}

func TestWrites(t *testing.T) {
	a := New(7)
	template := a.Look("GET", "/search").Template
	for subnet := range uint64(3) {
		if a.Writes(template, "q", false) {
			t.Error("people write there after too few")
		}
		a.Wrote(visitor(1, subnet+1), template, "q", true, start)
	}
	if a.Writes(template, "q", false) {
		t.Error("people write in what is not the application's own")
	}
	a.Answer(account(1, 1), "GET", "/search", 200, 900, start)
	if !a.Writes(template, "q", false) || a.Writes(template, "p", false) || a.Writes(template+1, "q", false) {
		t.Error("not this parameter is written in")
	}
	// Nobody opens a parameter from one network with accounts of their own, unless
	// people write such a text without meaning an injection and the accounts are old.
	fresh := func(client uint64) *Teacher { return &Teacher{Client: client, Subnet: 9, Confirmed: true} }
	for client := range uint64(5) {
		a.Wrote(fresh(client), template, "fresh", true, start)
		a.Wrote(account(client, 9), template, "old", false, start)
		a.Wrote(account(client, 9), template, "prose", true, start)
	}
	for parameter, want := range map[string]bool{"fresh": false, "old": false, "prose": true} {
		if got := a.Writes(template, parameter, true); got != want {
			t.Errorf("%s: %v", parameter, got)
		}
	}
	// What is prose in one network may be an injection in another.
	if a.Writes(template, "prose", false) {
		t.Error("old accounts of one network open a parameter for injections")
	}
	a.Wrote(visitor(1, 10), template, "prose", true, start)
	a.Wrote(visitor(1, 11), template, "prose", true, start)
	if !a.Writes(template, "prose", false) {
		t.Error("three networks are not enough")
	}
}

func TestLoginAt(t *testing.T) {
	a := New(7)
	if a.Look("POST", "/login").Login {
		t.Error("known without a login")
	}
	a.LoginAt("/login", start)
	a.LoginAt("/tenant/17/session", start)
	if !a.Look("POST", "/login").Login || !a.Look("GET", "/tenant/4/session").Login || a.Look("POST", "/logout").Login {
		t.Error("not these paths are those of logins")
	}
	for i := range 2 * maxLogins {
		a.LoginAt("/l"+string(rune('A'+i/26))+string(rune('a'+i%26)), start+int64(i))
	}
	if len(a.logins.paths) != maxLogins || a.Look("POST", "/login").Login {
		t.Errorf("%d login paths", len(a.logins.paths))
	}
}

func TestMature(t *testing.T) {
	office := func(a *App, by *Teacher, from int64, hours int) {
		for h := range hours {
			a.Answer(by, "GET", "/", 200, 900, from+int64(h)*hour)
		}
	}
	a := New(7)
	office(a, account(1, 1), start, 9)
	if a.Mature(start+10*hour) || !a.Mature(start+22*hour) || a.Mature(start+50*day) {
		t.Error("not mature on the second day")
	}
	short := New(7)
	office(short, account(1, 1), start, 3)
	if short.Mature(start + 22*hour) {
		t.Error("three hours are a day")
	}
	alone := New(7)
	office(alone, visitor(1, 1), start, 9)
	if alone.Mature(start + 22*hour) {
		t.Error("one unknown client is enough")
	}
	office(alone, visitor(1, 2), start+22*hour, 1)
	office(alone, visitor(1, 3), start+22*hour, 1)
	if !alone.Mature(start + 23*hour) {
		t.Error("three clients are not enough")
	}
	// After a long silence it begins anew.
	office(a, account(1, 1), start+60*day, 4)
	if a.Mature(start+60*day+4*hour) || !a.Mature(start+61*day) {
		t.Error("a day of two months ago counts")
	}
}

func TestCatchAll(t *testing.T) {
	a := New(7)
	scan := []string{"/.env", "/.git/config", "/wp-login.php", "/phpmyadmin/", "/admin", "/backup.sql", "/actuator/env", "/solr"}
	for i, path := range scan {
		if a.CatchAll(200, 900) {
			t.Fatalf("a catch-all after %d", i)
		}
		if got := a.Unknown("GET", path, 200, 900, start); got != (i == len(scan)-1) {
			t.Errorf("%s: %v", path, got)
		}
	}
	if !a.CatchAll(200, 900) || a.CatchAll(200, 901) || a.CatchAll(404, 900) {
		t.Error("not this answer is the catch-all")
	}
	// A route of the application itself is own when three asked for it.
	a.Answer(account(1, 1), "GET", "/orders", 200, 900, start)
	if a.Look("GET", "/orders").Own {
		t.Error("a catch-all is proof of a page")
	}
	a.Answer(account(2, 1), "GET", "/orders", 200, 900, start)
	a.Answer(account(3, 1), "GET", "/orders", 200, 900, start)
	if !a.Look("GET", "/orders").Own {
		t.Error("a route is not own")
	}
}

func TestNoCatchAll(t *testing.T) {
	for name, c := range map[string]struct {
		method, path string
		status       int
		bytes        int64
	}{
		"one folder":        {"GET", "/wiki/page-%c", 200, 900},
		"one template":      {"GET", "/%d", 200, 900},
		"pixels":            {"GET", "/p%c.gif", 200, 43},
		"other methods":     {"POST", "/p%c", 200, 900},
		"not found":         {"GET", "/p%c", 404, 162},
		"moved pages":       {"GET", "/p%c", 301, 162},
		"empty redirects":   {"GET", "/p%c", 302, 0},
		"of differing size": {"GET", "/p%c", 200, -1},
	} {
		a := New(7)
		for i := range 50 {
			bytes := c.bytes
			if bytes < 0 {
				bytes = 900 + int64(i)
			}
			if a.Unknown(c.method, fmt.Sprintf(c.path, 'A'+i), c.status, bytes, start) {
				t.Errorf("%s: a catch-all after %d", name, i)
				break
			}
		}
	}
}

// Pages that have one size by chance are no catch-all once they are known.
func TestPagesOfOneSize(t *testing.T) {
	a := New(7)
	for i := range 8 {
		path := "/page-" + string(rune('a'+i))
		a.Unknown("GET", path, 200, 900, start)
		for client := range uint64(3) {
			a.Answer(account(client+1, 1), "GET", path, 200, 900, start)
		}
	}
	if a.CatchAll(200, 900) {
		t.Error("pages are a catch-all")
	}
}

func TestAgeing(t *testing.T) {
	a := New(7)
	for subnet := range uint64(3) {
		a.Answer(visitor(1, subnet), "GET", "/old", 200, 900, start)
		a.Answer(visitor(1, subnet), "GET", "/dead", 404, 162, start)
	}
	a.Answer(account(1, 1), "GET", "/used", 200, 900, start)
	wrote(a, a.Look("GET", "/used").Template, "q", start)
	a.LoginAt("/login", start)
	for i := range 9 {
		a.Unknown("GET", "/scan-"+string(rune('a'+i)), 200, 900, start)
	}
	known := func() string {
		return fmt.Sprint(a.Look("GET", "/old").Own, a.Look("GET", "/dead").Broken, a.Look("GET", "/used").Own,
			a.Writes(a.Look("GET", "/used").Template, "q", false), a.Look("POST", "/login").Login, a.CatchAll(200, 900))
	}
	for d := range int64(40) {
		want := "true true true true true true"
		if d > 30 {
			want = "false false true false false false"
		}
		a.Answer(visitor(9, 9), "GET", "/used", 200, 1900, start+d*day)
		if got := known(); got != want {
			t.Fatalf("after %d days: %s, want %s", d, got, want)
		}
	}
	a.Answer(visitor(9, 9), "GET", "/x", 200, 900, start+100*day)
	if got := known(); got != "false false false false false false" {
		t.Errorf("at last: %s", got)
	}
	if items, total := a.List(0, "", 10); total != 0 {
		t.Errorf("%v remain", items)
	}
}
