package e2e

import (
	"net/http"
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
