package e2e

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// failingApplication fails in the ways that an application can.
func failingApplication(w http.ResponseWriter, r *http.Request) {
	switch path := r.URL.Path; {
	case strings.HasPrefix(path, "/desks/"):
		w.Header().Set("X-App-Error", fmt.Sprintf(`{"type":"QueryException","message":"%s: server has \u001b[31mgone away","where":"app/BookingController.php:88","trace":"#0 app/BookingController.php(88)\n#1 {main}"}`, path))
		w.WriteHeader(http.StatusInternalServerError)
		io.WriteString(w, "Sorry.")
	case path == "/calendar":
		// The page is served all the same; operators want to know.
		w.Header().Set("X-App-Error", `{"type":"GraphException","message":"The token has expired.","where":"app/Sync.php:12","integration":"Microsoft 365"}`)
		io.WriteString(w, "Your desks, without your meetings.")
	case path == "/plain":
		w.WriteHeader(http.StatusInternalServerError)
	case path == "/slow":
		<-r.Context().Done()
	case path == "/login":
		w.WriteHeader(http.StatusUnauthorized)
	case path == "/fine":
		io.WriteString(w, "fine")
	default:
		http.NotFound(w, r)
	}
}

const failingSite = `
	error /gone "not here" 410
	handle /dead {
		reverse_proxy {{dead}}
	}
	handle /slow {
		reverse_proxy {{upstream}} {
			transport http {
				response_header_timeout 100ms
			}
		}
	}`

// failures is a group of failed requests as other programs read it.
type failures struct {
	Source, Type, Where, Integration, Route string
	Count                                   int
	First, Last                             time.Time
	Example                                 request
}

// wantFailures are the groups of visitFailures, the one that failed last
// first.
var wantFailures = []failures{
	{Source: "gate", Route: "GET /slow", Count: 1, Example: request{Path: "/slow", Status: 504}},
	{Source: "gate", Route: "GET /dead", Count: 1, Example: request{Path: "/dead", Status: 502}},
	{Source: "app", Type: "HTTP 500", Route: "GET /plain", Count: 1, Example: request{Path: "/plain", Status: 500}},
	{Source: "app", Type: "GraphException", Where: "app/Sync.php:12", Integration: "Microsoft 365", Route: "GET /calendar", Count: 2, Example: request{Path: "/calendar", Status: 200}},
	{Source: "app", Type: "QueryException", Where: "app/BookingController.php:88", Route: "GET /desks/*", Count: 3, Example: request{Path: "/desks/24", Status: 500}},
}

// visitFailures makes requests that fail and some that do not, and returns
// how many.
func visitFailures(t *testing.T, g *gate) int {
	t.Helper()
	visits := []struct {
		path   string
		status int
	}{
		{"/desks/23", 500}, {"/fine", 200}, {"/desks/23", 500}, {"/desks/24", 500}, {"/missing", 404}, {"/login", 401}, {"/gone", 410},
		{"/calendar", 200}, {"/calendar", 200}, {"/plain", 500}, {"/dead", 502}, {"/slow", 504}, {"/logs/", 401},
	}
	for _, v := range visits {
		status, header, body := g.get(v.path)
		if status != v.status {
			t.Errorf("%s: status %d, want %d", v.path, status, v.status)
		}
		for name, value := range header {
			if all := name + ": " + strings.Join(value, " "); strings.Contains(all, "X-App") || strings.Contains(all, "Exception") {
				t.Errorf("%s: the client was told %s", v.path, all)
			}
		}
		if strings.Contains(body, "Exception") {
			t.Errorf("%s: the client was told %s", v.path, body)
		}
	}
	eventually(t, "all is recorded", func() bool { return g.health().ServerLog.Entries == uint64(len(visits)) })
	return len(visits)
}
