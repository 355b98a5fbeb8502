package e2e

import (
	"net/http"
	"strings"
	"testing"
)

// What admins search for, once they are let in, names people. It stands in no server
// log, which erasing somebody does not reach; that they looked does.
func TestSearchesOfAdminsAreNotRecorded(t *testing.T) {
	t.Parallel()
	app := newTold()
	g := startGate(t, application(t, app.serve), setup{})
	for _, path := range []string{"/logs/?initiator=zacharias%40example.com", "/logs/api/v1/events?limit=7&q=zacharias%40example.com", "/logs/?q=table&from=7d", "/desks?q=blue"} {
		req, err := http.NewRequest(http.MethodGet, "http://"+g.site+path, nil)
		must(t, err)
		req.SetBasicAuth("admin", password)
		req.Header.Set("Referer", "http://"+g.site+"/logs/?subject=zacharias")
		if path == "/desks?q=blue" {
			req.Header.Set("Referer", "http://"+g.site+"/elsewhere?x=1")
		}
		res, err := http.DefaultClient.Do(req)
		must(t, err)
		must(t, res.Body.Close())
	}
	got := map[string]request{}
	for _, r := range g.requests() {
		got[r.Query] = r
	}
	for _, query := range []string{"initiator=", "limit=7&q=", "q=table&from=7d"} {
		if r := got[query]; r.Status != http.StatusOK || r.Referer != "http://"+g.site+"/logs/?subject=" {
			t.Errorf("%s is %+v, of %+v", query, r, got)
		}
	}
	if r := got["q=blue"]; r.Query != "q=blue" || r.Referer != "http://"+g.site+"/elsewhere?x=1" {
		t.Errorf("the application's own is %+v", r)
	}
	g.stop()
	if found := g.onDisk("zacharias"); len(found) > 0 {
		t.Errorf("%v hold what was searched for", found)
	}
}

// Nor does the log have them if nobody was let in, in the address from which the
// redirect to the console started, in the referers of the application's pages, or in the
// address that tells a login page where to go on.
func TestSearchesAreNotRecordedWhereverTheyAreNamed(t *testing.T) {
	t.Parallel()
	app := newTold()
	g := startGate(t, application(t, app.serve), setup{})
	const searched = "?initiator=zacharias&q=zacharias%40example.com"
	for _, v := range []struct{ path, password, referer string }{
		{"/logs/" + searched, "wrong", ""},
		{"/logs/" + searched, "", "/logs/" + searched},
		{"/%6Cogs/api/v1/events" + searched, "wrong", ""},
		{"/logs" + searched, "", ""},
		{"/desks/23", "", "/logs/" + searched},
		{"/login?to=%2Flogs%2F%3Finitiator%3Dzacharias", "", ""},
		{"/login?to=http%3A%2F%2F" + strings.ReplaceAll(g.site, ":", "%3A") + "%2Flogs%2F%3Fq%3Dzacharias%2540example.com", "", ""},
		{"/desks?initiator=kept&who=kept%40example.com", "", "/desks?initiator=kept"},
	} {
		req, err := http.NewRequest(http.MethodGet, "http://"+g.site+v.path, nil)
		must(t, err)
		if v.password != "" {
			req.SetBasicAuth("admin", v.password)
		}
		if v.referer != "" {
			req.Header.Set("Referer", "http://"+g.site+v.referer)
		}
		res, err := http.DefaultTransport.RoundTrip(req)
		must(t, err)
		must(t, res.Body.Close())
	}
	list := g.requests()
	if len(list) != 8 {
		t.Fatalf("%d recorded: %+v", len(list), list)
	}
	kept := 0
	for _, r := range list {
		if strings.Contains(r.Query+r.Referer, "zacharias") {
			t.Errorf("recorded %+v", r)
		}
		if r.Query == "initiator=kept&who=kept%40example.com" && strings.HasSuffix(r.Referer, "/desks?initiator=kept") {
			kept++
		}
	}
	if kept != 1 {
		t.Errorf("the application's own query is not as it was: %+v", list)
	}
	g.stop()
	if found := g.onDisk("zacharias"); len(found) > 0 {
		t.Errorf("%v hold what was searched for", found)
	}
}
