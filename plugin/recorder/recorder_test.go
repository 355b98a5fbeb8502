package recorder

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/gatebook/gatebook/record"
)

var noon = time.Date(2026, 1, 31, 12, 0, 0, 123456789, time.UTC)

// sink is a writer without any of the optional interfaces.
type sink struct {
	header  http.Header
	written int64
	err     error
}

func (s *sink) Header() http.Header { return s.header }
func (s *sink) WriteHeader(int)     {}
func (s *sink) Write(p []byte) (int, error) {
	s.written += int64(len(p))
	return len(p), s.err
}

func request(method, target string) *http.Request {
	u, _ := url.ParseRequestURI(target) // nil where the server would refuse it
	return &http.Request{
		Method: method, URL: u, RequestURI: target, ProtoMajor: 1, ProtoMinor: 1, Host: "booking.example.com",
		Header: http.Header{"User-Agent": {"curl/8"}, "Referer": {"https://example.com/"}},
	}
}

func TestFinishTellsWhatWasAsked(t *testing.T) {
	for _, c := range []struct{ target, path, query string }{
		{"/desks/23?day=mon", "/desks/23", "day=mon"},
		{"/desks", "/desks", ""},
		{"/a?b?c", "/a", "b?c"},
		{"/%41%zz/../x?%3F", "/%41%zz/../x", "%3F"},
		{"*", "*", ""},
		{"http://other.example/x%41//?y", "/x%41//", "y"},
		{"http://other.example", "/", ""},
		{"http://other.example?y", "/", "y"},
		{"/" + strings.Repeat("a", 5000) + "?" + strings.Repeat("b", 5000),
			"/" + strings.Repeat("a", record.MaxText-1), strings.Repeat("b", record.MaxText)},
	} {
		r := request("GET", c.target)
		var rec Recorder
		rec.Start(&sink{header: http.Header{}}, r, nil, noon)
		// Handlers further down change the request as they like.
		r.Method, r.RequestURI, r.Host = "POST", "/rewritten", "upstream"
		r.Proto, r.ProtoMajor, r.ProtoMinor = "HTTP/9", 9, 0
		r.Header.Set("User-Agent", "changed")
		r.Header.Del("Referer")

		var got record.Request
		rec.Finish(&got, End{Now: noon.Add(12 * time.Millisecond)})
		want := record.Request{
			Time: noon.Truncate(time.Microsecond), Duration: 12 * time.Millisecond,
			Method: "GET", Host: "booking.example.com", Path: c.path, Query: c.query, Proto: "HTTP/1.1",
			UserAgent: "curl/8", Referer: "https://example.com/", Status: 200,
		}
		if got != want {
			t.Errorf("%.40s:\n got %+v\nwant %+v", c.target, got, want)
		}
	}
}

func TestMethodsAndProtocols(t *testing.T) {
	for _, method := range append([]string{"BREW", "get", "M-SEARCH"}, methods[:]...) {
		for _, v := range [][2]int{{1, 0}, {1, 1}, {1, 7}, {2, 0}, {3, 0}} {
			r := request(method, "/a b?c d")
			r.ProtoMajor, r.ProtoMinor = v[0], v[1]
			var rec Recorder
			rec.Start(&sink{header: http.Header{}}, r, nil, noon)
			var got record.Request
			rec.Finish(&got, End{})
			proto := fmt.Sprintf("HTTP/%d.%d", v[0], v[1])
			if got.Method != method || got.Path != "/a b" || got.Query != "c d" || got.Proto != proto {
				t.Errorf("%s %s: recorded as %s %s?%s %s", method, proto, got.Method, got.Path, got.Query, got.Proto)
			}
		}
	}
}

func TestTimeAndDuration(t *testing.T) {
	var rec Recorder
	began := time.Now()
	rec.Start(&sink{header: http.Header{}}, request("GET", "/"), nil, began)
	ended := began.Add(1500 * time.Microsecond)
	var got record.Request
	rec.Finish(&got, End{Now: ended})
	if !got.Time.Equal(began.Truncate(time.Microsecond)) || got.Duration != ended.Sub(began) {
		t.Errorf("%v for %v, want %v for %v", got.Time, got.Duration, began, ended.Sub(began))
	}
}

func TestFinishLeavesOtherFieldsAlone(t *testing.T) {
	var rec Recorder
	rec.Start(&sink{header: http.Header{}}, &http.Request{Method: "GET", RequestURI: "/", ProtoMajor: 2}, nil, noon)
	got := record.Request{Instance: "acme", User: "anna", Verdict: record.VerdictBan, UserAgent: "stale", Aborted: true}
	rec.Finish(&got, End{Now: noon.Add(-time.Hour), Status: 403})
	want := record.Request{
		Instance: "acme", User: "anna", Verdict: record.VerdictBan,
		Time: noon.Truncate(time.Microsecond), Method: "GET", Path: "/", Proto: "HTTP/2.0", Status: 403,
	}
	if got != want {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

func TestStatusAndAborted(t *testing.T) {
	gone := context.Canceled
	write := func(status int, declared string, body string) func(*Recorder) {
		return func(rec *Recorder) {
			if declared != "" {
				rec.Header().Set("Content-Length", declared)
			}
			rec.WriteHeader(status)
			_, _ = io.WriteString(rec, body)
		}
	}
	nothing := func(*Recorder) {}
	for _, c := range []struct {
		name    string
		method  string
		handler func(*Recorder)
		end     End
		status  int
		aborted bool
	}{
		{"nothing", "GET", nothing, End{}, 200, false},
		{"error", "GET", nothing, End{Status: 404}, 404, false},
		{"error, client gone", "GET", nothing, End{Status: 502, ContextErr: gone}, 502, false},
		{"error 499, client gone", "GET", nothing, End{Status: 499, ContextErr: gone}, 499, true},
		{"nothing, client gone", "GET", nothing, End{ContextErr: gone}, 499, true},
		{"panic", "GET", nothing, End{Panicked: true}, 500, true},
		{"panic, client gone", "GET", nothing, End{Panicked: true, ContextErr: gone}, 499, true},
		{"aborted", "GET", nothing, End{Panicked: true, Aborted: true}, 444, true},
		{"aborted, client gone", "GET", nothing, End{Panicked: true, Aborted: true, ContextErr: gone}, 444, true},
		{"aborted, refused", "GET", nothing, End{Status: 403, Panicked: true, Aborted: true}, 403, true},
		{"aborted after header", "GET", write(200, "", "x"), End{Panicked: true, Aborted: true}, 200, true},
		{"error, client left", "GET", nothing, End{Status: 502, ClientLeft: true}, 499, true},
		{"error page, client left", "GET", write(502, "", "sorry"), End{ClientLeft: true}, 499, true},
		{"panic after header", "GET", write(200, "", "x"), End{Panicked: true}, 200, true},
		{"written", "GET", write(201, "", "x"), End{}, 201, false},
		{"written, then error", "GET", write(201, "", "x"), End{Status: 500}, 201, false},
		{"whole, client gone", "GET", write(200, "3", "abc"), End{ContextErr: gone}, 200, false},
		{"no length, client gone", "GET", write(200, "", "abc"), End{ContextErr: gone}, 200, false},
		{"short, client gone", "GET", write(200, "4", "abc"), End{ContextErr: gone}, 200, true},
		{"short", "GET", write(200, "4", "abc"), End{}, 200, true},
		{"length is no number", "GET", write(200, "four", "abc"), End{}, 200, false},
		{"HEAD is never short", "HEAD", write(200, "4", "abcd"), End{ContextErr: gone}, 200, false},
		{"304 is never short", "GET", write(304, "4", ""), End{ContextErr: gone}, 304, false},
		{"204 is never short", "GET", write(204, "4", ""), End{ContextErr: gone}, 204, false},
		{"499 written, client gone", "GET", write(499, "", ""), End{ContextErr: gone}, 499, true},
		{"101 without a hijack", "GET", write(101, "", ""), End{}, 101, false},
		{"103 only", "GET", func(rec *Recorder) { rec.WriteHeader(103) }, End{Status: 502}, 502, false},
		{"499 written by the application", "GET", write(499, "", ""), End{}, 499, false},
	} {
		var rec Recorder
		rec.Start(&sink{header: http.Header{}}, request(c.method, "/"), nil, noon)
		c.handler(&rec)
		var got record.Request
		rec.Finish(&got, c.end)
		if got.Status != c.status || got.Aborted != c.aborted {
			t.Errorf("%s: status %d, aborted %v; want %d, %v", c.name, got.Status, got.Aborted, c.status, c.aborted)
		}
	}
}

func TestFailedWritesAbort(t *testing.T) {
	for _, c := range []struct {
		err     error
		aborted bool
	}{
		{nil, false},
		{os.ErrDeadlineExceeded, true},
		{errors.New("connection reset by peer"), true},
		{http.ErrBodyNotAllowed, false},
		{http.ErrContentLength, false},
		{http.ErrHijacked, false},
	} {
		for name, write := range map[string]func(*Recorder) error{
			"Write":       func(rec *Recorder) error { _, err := rec.Write([]byte("x")); return err },
			"WriteString": func(rec *Recorder) error { _, err := rec.WriteString("x"); return err },
			"ReadFrom":    func(rec *Recorder) error { _, err := rec.ReadFrom(strings.NewReader("x")); return err },
		} {
			var rec Recorder
			rec.Start(&sink{header: http.Header{}, err: c.err}, request("GET", "/"), nil, noon)
			if err := write(&rec); !errors.Is(err, c.err) {
				t.Errorf("%s returned %v, want %v", name, err, c.err)
			}
			var got record.Request
			rec.Finish(&got, End{})
			if got.Aborted != c.aborted || got.Bytes != 1 {
				t.Errorf("%s failing with %v: aborted %v, %d bytes", name, c.err, got.Aborted, got.Bytes)
			}
		}
	}
}

// Flush has to go through even where nobody can flush, and that is no failure
// of the response.
func TestFlushUnsupported(t *testing.T) {
	var rec Recorder
	rec.Start(&sink{header: http.Header{}}, request("GET", "/"), nil, noon)
	if err := rec.FlushError(); !errors.Is(err, http.ErrNotSupported) {
		t.Fatalf("FlushError: %v", err)
	}
	var got record.Request
	rec.Finish(&got, End{})
	if got.Aborted || !rec.WroteHeader() {
		t.Errorf("aborted %v, wrote header %v", got.Aborted, rec.WroteHeader())
	}
}

// readerFrom is a writer that knows better than io.Copy how to copy.
type readerFrom struct {
	*httptest.ResponseRecorder
	from io.Reader
}

func (w *readerFrom) ReadFrom(src io.Reader) (int64, error) {
	w.from = src
	return io.Copy(w.ResponseRecorder, src)
}

func TestReadFromUsesTheInnerOne(t *testing.T) {
	file, err := os.Open(writeFile(t, "0123456789"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	inner := &readerFrom{ResponseRecorder: httptest.NewRecorder()}
	var rec Recorder
	rec.Start(inner, request("GET", "/"), nil, noon)
	n, err := io.CopyN(&rec, file, 7)
	if err != nil || n != 7 || inner.Body.String() != "0123456" {
		t.Fatalf("copied %d (%q), %v", n, inner.Body, err)
	}
	// Only a bare file, or one so limited, is copied by the kernel.
	limited, ok := inner.from.(*io.LimitedReader)
	if !ok || limited.R != io.Reader(file) {
		t.Errorf("the server was given a %T, which hides the file", inner.from)
	}
	var got record.Request
	rec.Finish(&got, End{})
	if got.Bytes != 7 {
		t.Errorf("%d bytes, want 7", got.Bytes)
	}
}

func writeFile(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// A transport may go on reading a request's body when the handler has long
// returned; -race watches.
func TestBodyIsReadAfterTheHandler(t *testing.T) {
	pipe, feed := io.Pipe()
	r := request("POST", "/")
	r.Body, r.ContentLength = pipe, -1
	var rec Recorder
	rec.Start(&sink{header: http.Header{}}, r, nil, noon)
	rec.CountBody(r)
	body := r.Body
	read := make(chan int64)
	go func() {
		n, _ := io.Copy(io.Discard, body)
		read <- n
	}()
	_, _ = feed.Write([]byte("before"))
	var got record.Request
	rec.Finish(&got, End{})
	_, _ = feed.Write([]byte("after"))
	feed.Close()
	if n := <-read; n != int64(len("beforeafter")) || rec.in.Load() != n {
		t.Errorf("read %d, counted %d", n, rec.in.Load())
	}
	if got.BytesIn > int64(len("before")) {
		t.Errorf("recorded %d bytes in", got.BytesIn)
	}
}

func TestBodiesThatCannotBeAreLeftAlone(t *testing.T) {
	body := io.NopCloser(strings.NewReader(""))
	for _, r := range []*http.Request{
		{ContentLength: 0, Body: body},
		{ContentLength: -1, Body: http.NoBody},
		{ContentLength: -1},
	} {
		before := r.Body
		new(Recorder).CountBody(r)
		if r.Body != before {
			t.Errorf("body replaced by %T", r.Body)
		}
	}
}

type nopHook struct{}

func (nopHook) BeforeHeader(int, http.Header) {}

func TestRecordingDoesNotAllocate(t *testing.T) {
	// The header is the inner writer's, and long before the recorder's time.
	w := &sink{header: http.Header{"Content-Length": {"4"}}}
	r := request("GET", "/desks?day=mon")
	body := []byte("desk")
	recorders := make([]Recorder, 1001)
	var out record.Request
	allocs := testing.AllocsPerRun(1000, func() {
		rec := &recorders[0]
		recorders = recorders[1:]
		rec.Start(w, r, nopHook{}, noon)
		rec.CountBody(r)
		rec.WriteHeader(200)
		_, _ = rec.Write(body)
		rec.Finish(&out, End{Now: noon})
	})
	if allocs != 0 {
		t.Errorf("%v allocations a request", allocs)
	}
}

func TestRecorderIsSmall(t *testing.T) {
	if size := unsafe.Sizeof(Recorder{}); size > 136 {
		t.Errorf("a Recorder takes %d bytes", size)
	}
}

func BenchmarkRecorder(b *testing.B) {
	w := &sink{header: http.Header{"Content-Length": {"4"}}}
	r := request("GET", "/desks?day=mon")
	body := []byte("desk")
	var out record.Request
	b.ReportAllocs()
	for b.Loop() {
		rec := new(Recorder)
		rec.Start(w, r, nopHook{}, noon)
		rec.WriteHeader(200)
		_, _ = rec.Write(body)
		rec.Finish(&out, End{Now: noon})
	}
}

// What a tunnel is asked for is no path, and stays as it came.
func TestConnectKeepsItsTarget(t *testing.T) {
	var rec Recorder
	rec.Start(&sink{header: http.Header{}}, request("CONNECT", "other.example:443"), nil, noon)
	if path := rec.Path(); path != "other.example:443" {
		t.Errorf("path %q", path)
	}
}
