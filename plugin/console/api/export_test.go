package api_test

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/gatebook/gatebook/plugin/console"
	"github.com/gatebook/gatebook/plugin/console/consoletest"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

// stream is a source whose requests are made while they are asked for.
type stream struct {
	*consoletest.Source
	each func(ctx context.Context, yield func(*record.Request) error) error
}

func (s *stream) EachRequest(ctx context.Context, _ query.Requests, yield func(*record.Request) error) error {
	return s.each(ctx, yield)
}

// numbered yields n requests in one record that it overwrites.
func numbered(n int, yield func(*record.Request) error) error {
	var r record.Request
	for i := range n {
		r = record.Request{Time: consoletest.Now, Method: "GET", Path: fmt.Sprintf("/%d", i), Status: 200}
		if err := yield(&r); err != nil {
			return err
		}
	}
	return nil
}

const manyRequests = 20_000

// TestRequestExportIsWhole exports many chunks.
func TestRequestExportIsWhole(t *testing.T) {
	c := consoletest.New(t, &stream{consoletest.Sample(t), func(_ context.Context, yield func(*record.Request) error) error {
		return numbered(manyRequests, yield)
	}}, console.RoleSecurity)
	rows, err := csv.NewReader(consoletest.Get(c, "/api/v1/requests.csv").Body).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(consoletest.Get(c, "/api/v1/requests.ndjson").Body.String(), "\n")
	if len(rows) != manyRequests+1 || len(lines) != manyRequests+1 {
		t.Fatalf("%d rows and %d lines", len(rows), len(lines))
	}
	for i := range manyRequests {
		path := fmt.Sprintf("/%d", i)
		if rows[i+1][5] != path || !strings.Contains(lines[i], `"path":"`+path+`"`) {
			t.Fatalf("record %d is %v and %s", i, rows[i+1], lines[i])
		}
	}
}

// TestExportFlowsWhileItIsMade: the source goes on only when the client has
// read what came before, so that nothing but a chunk can be in memory.
func TestExportFlowsWhileItIsMade(t *testing.T) {
	read := make(chan struct{})
	server := httptest.NewServer(consoletest.New(t, &stream{consoletest.Sample(t), func(ctx context.Context, yield func(*record.Request) error) error {
		if err := numbered(manyRequests, yield); err != nil {
			return err
		}
		select {
		case <-read:
		case <-ctx.Done():
			return ctx.Err()
		}
		return yield(&record.Request{Time: consoletest.Now, Path: "/last"})
	}}, console.RoleSecurity))
	defer server.Close()
	for _, format := range []string{"csv", "ndjson"} {
		answer, err := http.Get(server.URL + "/api/v1/requests." + format)
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(answer.Body)
		for range 1000 {
			if !lines.Scan() {
				t.Fatalf("%s: the first lines do not come: %v", format, lines.Err())
			}
		}
		read <- struct{}{}
		last := ""
		for lines.Scan() {
			last = lines.Text()
		}
		answer.Body.Close()
		if lines.Err() != nil || !strings.Contains(last, "/last") {
			t.Errorf("%s ends with %q (%v)", format, last, lines.Err())
		}
	}
}

// TestExportTakesLittleMemory: what an export holds does not grow with it.
func TestExportTakesLittleMemory(t *testing.T) {
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before, most := heap(), uint64(0)
	c := consoletest.New(t, &stream{consoletest.Sample(t), func(_ context.Context, yield func(*record.Request) error) error {
		err := numbered(3*manyRequests, yield)
		most = heap()
		return err
	}}, console.RoleSecurity)
	c.ServeHTTP(discard{http.Header{}}, httptest.NewRequest("GET", "/api/v1/requests.ndjson", nil))
	if most > before+4<<20 {
		t.Errorf("the heap grew from %d to %d bytes", before, most)
	}
}

// discard is a client that keeps nothing.
type discard struct{ header http.Header }

func (d discard) Header() http.Header       { return d.header }
func (discard) WriteHeader(int)             {}
func (discard) Write(p []byte) (int, error) { return len(p), nil }

// TestRequestExportBreaks: what goes wrong before anything is out is an answer,
// and what goes wrong later breaks the connection.
func TestRequestExportBreaks(t *testing.T) {
	broken := errors.New("disk error")
	for _, test := range []struct {
		n      int
		status int
		ends   error
	}{{0, 500, nil}, {10, 500, nil}, {manyRequests, 200, io.ErrUnexpectedEOF}} {
		c := consoletest.New(t, &stream{consoletest.Sample(t), func(_ context.Context, yield func(*record.Request) error) error {
			if err := numbered(test.n, yield); err != nil {
				return err
			}
			return broken
		}}, console.RoleSecurity)
		var reported error
		c.Report = func(err error) { reported = err }
		server := httptest.NewServer(c)
		for _, path := range []string{"/api/v1/requests.csv", "/api/v1/requests.ndjson"} {
			answer, err := http.Get(server.URL + path)
			if err != nil {
				t.Fatal(err)
			}
			_, err = io.ReadAll(answer.Body)
			answer.Body.Close()
			if answer.StatusCode != test.status || !errors.Is(err, test.ends) || !errors.Is(reported, broken) {
				t.Errorf("%s after %d: status %d, ended with %v, reported %v", path, test.n, answer.StatusCode, err, reported)
			}
		}
		server.Close()
	}
}

// TestExportStopsWithItsClient: nobody reads a log for a client that left, and
// HEAD needs no more than the first record.
func TestExportStopsWithItsClient(t *testing.T) {
	yielded := 0
	c := consoletest.New(t, &stream{consoletest.Sample(t), func(_ context.Context, yield func(*record.Request) error) error {
		return numbered(manyRequests, func(r *record.Request) error { yielded++; return yield(r) })
	}}, console.RoleSecurity)
	c.ServeHTTP(left{discard{http.Header{}}}, httptest.NewRequest("GET", "/api/v1/requests.ndjson", nil))
	if yielded == manyRequests {
		t.Error("all was read for a client that had left")
	}
	yielded = 0
	if w := consoletest.Do(c, http.MethodHead, "/api/v1/requests.csv"); w.Code != http.StatusOK || w.Body.Len() > 0 || yielded != 1 {
		t.Errorf("HEAD: status %d, %d bytes, %d records read", w.Code, w.Body.Len(), yielded)
	}
}

// left is a client that has left.
type left struct{ discard }

func (left) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// TestByteOrderMark: some spreadsheets take CSV for UTF-8 only with it.
func TestByteOrderMark(t *testing.T) {
	c := consoletest.New(t, consoletest.Sample(t), console.RoleApplication, console.RoleSecurity)
	for target, want := range map[string]string{
		"events.csv?bom=true": "\ufeffseq,", "events.csv?bom=false": "seq,", "events.csv": "seq,", "requests.csv?bom=true": "\ufefftime,",
	} {
		if got := consoletest.Get(c, "/api/v1/"+target).Body.String(); !strings.HasPrefix(got, want) {
			t.Errorf("%s begins with %.20q, want %q", target, got, want)
		}
	}
	for _, target := range []string{"events.csv?bom=yes", "events.csv?bom=true&bom=true", "events.ndjson?bom=true", "events/live?bom=true"} {
		if res := consoletest.Get(c, "/api/v1/"+target); res.Code != http.StatusBadRequest {
			t.Errorf("%s: %d", target, res.Code)
		}
	}
}
