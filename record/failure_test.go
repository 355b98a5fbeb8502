package record_test

import (
	"testing"

	"github.com/gatebook/gatebook/record"
)

func TestRoute(t *testing.T) {
	for path, want := range map[string]string{
		"":                              "",
		"/":                             "/",
		"/desks/23":                     "/desks/*",
		"/desks/23/bookings/":           "/desks/*/bookings/",
		"/v2/users":                     "/v2/users",
		"/css/style-2.css":              "/css/style-2.css",
		"/b/deadbeef12":                 "/b/*",
		"/facade":                       "/facade",
		"/e/01GR3YH2V8M9Q7T4C6X0B5N2KD": "/e/*",
		"/o/7f9c24e8-3b0a-4c39-9f4e-1d2a3b4c5d6e": "/o/*",
		"/2026/11/report":                         "/*/*/report",
	} {
		if got := record.Route(path); got != want {
			t.Errorf("Route(%q) = %q, want %q", path, got, want)
		}
	}
}

func TestFailed(t *testing.T) {
	for _, c := range []struct {
		status int
		source string
		want   bool
	}{
		{200, "", false}, {404, "", false}, {500, "", true}, {502, record.SourceGate, true},
		{401, record.SourceGate, false}, {200, record.SourceApp, true}, {422, record.SourceApp, true},
	} {
		r := record.Request{Status: c.status}
		if c.source != "" {
			r.Error = &record.Failure{Source: c.source}
		}
		if r.Failed() != c.want {
			t.Errorf("%d by %q: failed is %t", c.status, c.source, !c.want)
		}
	}
}

func TestFailureGroup(t *testing.T) {
	r := record.Request{Method: "GET", Path: "/desks/23", Status: 500}
	if g := r.FailureGroup(); g.Source != record.SourceApp || g.Type != "HTTP 500" || g.Route != "GET /desks/*" || g.Count != 1 {
		t.Errorf("got %+v", g)
	}
	r.Error = &record.Failure{Source: record.SourceGate, Type: "net.OpError", Where: "proxy"}
	if g := r.FailureGroup(); g.Source != record.SourceGate || g.Type != "net.OpError" || g.Where != "proxy" {
		t.Errorf("got %+v", g)
	}
}
