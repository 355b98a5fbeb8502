package backend

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

// exporting is a server whose export has n requests, and then does what end
// does.
func exporting(t *testing.T, n int, end func()) *Server {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/gatebook/acme/requests.ndjson" || r.URL.RawQuery != "status=4xx" {
			t.Errorf("asked for %s", r.URL)
		}
		for i := range n {
			fmt.Fprintf(w, `{"method":"GET","path":"/%d","status":404}`+"\n", i)
		}
		end()
	}))
	t.Cleanup(srv.Close)
	return &Server{client: srv.Client(), origin: srv.URL, instance: "acme"}
}

// paths collects what is written; it keeps no request, whose memory is used
// again.
type paths struct{ list, sizes []string }

func (p *paths) write(some ...record.Request) error {
	for _, r := range some {
		p.list = append(p.list, r.Path)
	}
	p.sizes = append(p.sizes, fmt.Sprint(len(some)))
	return nil
}

// An export is read to its end, and written as it comes.
func TestAllRequestsOfAServer(t *testing.T) {
	const n = 2*query.MaxLimit + 5
	var got paths
	if err := exporting(t, n, func() {}).AllRequests(t.Context(), url.Values{"status": {"4xx"}}, got.write); err != nil {
		t.Fatal(err)
	}
	if sizes := strings.Join(got.sizes, " "); len(got.list) != n || sizes != "1000 1000 5" {
		t.Fatalf("%d requests, written as %s", len(got.list), sizes)
	}
	for i, path := range got.list {
		if path != fmt.Sprintf("/%d", i) {
			t.Fatalf("request %d is %s", i, path)
		}
	}
}

// Half an export is written, and not taken for a whole one.
func TestAnExportThatBreaksOff(t *testing.T) {
	const n = query.MaxLimit + 500
	var got paths
	err := exporting(t, n, func() { panic(http.ErrAbortHandler) }).AllRequests(t.Context(), url.Values{"status": {"4xx"}}, got.write)
	if err == nil || !strings.Contains(err.Error(), "is not all") || strings.Contains(err.Error(), "\n") {
		t.Errorf("the error is %v", err)
	}
	if len(got.list) < query.MaxLimit {
		t.Errorf("only %d of the requests that came are written", len(got.list))
	}
}

// Where nothing can be written any more, nothing more is read.
func TestAllRequestsEndWithTheirWriter(t *testing.T) {
	full := errors.New("disk full")
	calls := 0
	err := exporting(t, 10*query.MaxLimit, func() {}).AllRequests(t.Context(), url.Values{"status": {"4xx"}}, func(...record.Request) error {
		calls++
		return full
	})
	if !errors.Is(err, full) || calls != 1 {
		t.Errorf("%v after %d calls", err, calls)
	}
}
