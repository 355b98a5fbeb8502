package recorder

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

func text(status int, body string) handler {
	return func(w http.ResponseWriter, _ *http.Request) int {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
		return 0
	}
}

func TestRecordsWhatTheClientSaw(t *testing.T) {
	file := writeFile(t, strings.Repeat("desk ", 20000))
	for _, c := range []struct {
		name         string
		method, body string
		handler      handler
		status       int
		bytes, in    int64
		hooked       []int
	}{
		{"explicit", "GET", "", text(201, "made"), 201, 4, 0, []int{201}},
		{"implicit", "GET", "", func(w http.ResponseWriter, _ *http.Request) int {
			fmt.Fprint(w, "hel")
			_, _ = w.Write([]byte("lo"))
			return 0
		}, 200, 5, 0, []int{200}},
		{"nothing", "GET", "", func(http.ResponseWriter, *http.Request) int { return 0 }, 200, 0, 0, nil},
		{"error", "GET", "", func(http.ResponseWriter, *http.Request) int { return 404 }, 404, 0, 0, nil},
		{"HEAD", "HEAD", "", text(200, "not sent"), 200, 0, 0, []int{200}},
		{"HEAD of a file", "HEAD", "", func(w http.ResponseWriter, r *http.Request) int {
			http.ServeFile(w, r, file)
			return 0
		}, 200, 0, 0, []int{200}},
		{"204", "GET", "", text(204, "not allowed"), 204, 0, 0, []int{204}},
		{"304", "GET", "", text(304, "not allowed"), 304, 0, 0, []int{304}},
		{"early hints", "GET", "", func(w http.ResponseWriter, _ *http.Request) int {
			for range 3 {
				w.Header().Set("X-App-Event", "secret")
				w.Header().Set("Link", "</style.css>; rel=preload")
				w.WriteHeader(103)
			}
			w.Header().Set("X-App-Event", "secret")
			_, _ = io.WriteString(w, "page")
			return 0
		}, 200, 4, 0, []int{103, 103, 103, 200}},
		{"flush first", "GET", "", func(w http.ResponseWriter, _ *http.Request) int {
			w.Header().Set("X-App-Event", "secret")
			if err := http.NewResponseController(w).Flush(); err != nil {
				t.Error(err)
			}
			_, _ = io.WriteString(w, "late")
			return 0
		}, 200, 4, 0, []int{200}},
		{"old-style flush first", "GET", "", func(w http.ResponseWriter, _ *http.Request) int {
			w.Header().Set("X-App-Event", "secret")
			w.(http.Flusher).Flush()
			return 0
		}, 200, 0, 0, []int{200}},
		{"file", "GET", "", func(w http.ResponseWriter, r *http.Request) int {
			w.Header().Set("X-App-Event", "secret")
			http.ServeFile(w, r, file)
			return 0
		}, 200, 100000, 0, []int{200}},
		{"file first", "GET", "", func(w http.ResponseWriter, _ *http.Request) int {
			w.Header().Set("X-App-Event", "secret")
			f, err := os.Open(file)
			if err != nil {
				t.Error(err)
				return 500
			}
			defer f.Close()
			_, _ = io.Copy(w, f)
			return 0
		}, 200, 100000, 0, []int{200}},
		{"superfluous", "GET", "", func(w http.ResponseWriter, _ *http.Request) int {
			w.WriteHeader(404)
			w.WriteHeader(500)
			w.WriteHeader(103)
			_, _ = io.WriteString(w, "gone")
			return 0
		}, 404, 4, 0, []int{404}},
		{"upload", "POST", "0123456789", func(w http.ResponseWriter, r *http.Request) int {
			n, _ := io.Copy(io.Discard, r.Body)
			fmt.Fprint(w, n)
			return 0
		}, 200, 2, 10, []int{200}},
		{"upload half read", "POST", "0123456789", func(w http.ResponseWriter, r *http.Request) int {
			_, _ = io.CopyN(io.Discard, r.Body, 4)
			w.WriteHeader(400)
			return 0
		}, 400, 0, 4, []int{400}},
	} {
		for _, p := range protocols {
			t.Run(c.name+"/"+p.name, func(t *testing.T) {
				s := serve(t, p, c.handler)
				seen := do(t, s, c.method, c.body)
				got := s.recorded(t)
				if got.Status != c.status || got.Bytes != c.bytes || got.BytesIn != c.in || got.Aborted {
					t.Errorf("recorded status %d, %d bytes, %d in, aborted %v; want %d, %d, %d, false",
						got.Status, got.Bytes, got.BytesIn, got.Aborted, c.status, c.bytes, c.in)
				}
				if seen.status != got.Status || int64(seen.bytes) != got.Bytes {
					t.Errorf("the client saw status %d, %d bytes", seen.status, seen.bytes)
				}
				if !slices.Equal(got.hooked, c.hooked) {
					t.Errorf("the hook was told of %v, want %v", got.hooked, c.hooked)
				}
				if seen.secret {
					t.Error("what the hook removed has reached the client")
				}
				if proto := strings.Fields(p.name)[0]; got.Proto != proto || got.Method != c.method || got.Path != "/desks" || got.Query != "day=mon" {
					t.Errorf("recorded %s %s?%s %s", got.Method, got.Path, got.Query, got.Proto)
				}
			})
		}
	}
}

type seen struct {
	status, bytes int
	secret        bool // X-App-Event came, in whichever header
}

func do(t *testing.T, s *server, method, body string) seen {
	t.Helper()
	var got seen
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
		Got1xxResponse: func(_ int, h textproto.MIMEHeader) error {
			got.secret = got.secret || h.Get("X-App-Event") != ""
			return nil
		},
	})
	req, err := http.NewRequestWithContext(ctx, method, s.URL+"/desks?day=mon", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	res, err := s.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	all, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	got.status, got.bytes = res.StatusCode, len(all)
	got.secret = got.secret || res.Header.Get("X-App-Event") != ""
	return got
}

func TestSuperfluousHeadersAreTheServersAffair(t *testing.T) {
	s := serve(t, plain, func(w http.ResponseWriter, _ *http.Request) int {
		w.WriteHeader(404)
		w.WriteHeader(500)
		return 0
	})
	do(t, s, "GET", "")
	s.recorded(t)
	if !strings.Contains(s.log.String(), "superfluous") {
		t.Errorf("the server did not complain: %q", s.log)
	}
}

// What is no status makes net/http panic; that must neither be hidden nor
// recorded as something that was sent.
func TestInvalidStatus(t *testing.T) {
	s := serve(t, plain, func(w http.ResponseWriter, _ *http.Request) int {
		w.WriteHeader(0)
		return 0
	})
	if res, err := s.Client().Get(s.URL); err == nil {
		t.Errorf("the client got %s", res.Status)
		res.Body.Close()
	}
	if got := s.recorded(t); got.Status != 500 || !got.Aborted || got.hooked != nil {
		t.Errorf("recorded %d, aborted %v, hook told of %v", got.Status, got.Aborted, got.hooked)
	}
}

// What a handler could do with the server's writer it can do with the
// recorder, and what it could not it cannot.
func TestOffersWhatTheInnerWriterOffers(t *testing.T) {
	for name, try := range map[string]func(http.ResponseWriter) error{
		"flush":          func(w http.ResponseWriter) error { return http.NewResponseController(w).Flush() },
		"full duplex":    func(w http.ResponseWriter) error { return http.NewResponseController(w).EnableFullDuplex() },
		"read deadline":  func(w http.ResponseWriter) error { return http.NewResponseController(w).SetReadDeadline(noon) },
		"write deadline": func(w http.ResponseWriter) error { return http.NewResponseController(w).SetWriteDeadline(time.Time{}) },
		"hijack": func(w http.ResponseWriter) error {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				conn.Close()
			}
			return err
		},
		"push": func(w http.ResponseWriter) error {
			p, ok := w.(http.Pusher)
			if !ok {
				return http.ErrNotSupported
			}
			return p.Push("/style.css", nil)
		},
		"Flusher":      has[http.Flusher],
		"StringWriter": has[io.StringWriter],
	} {
		for _, p := range protocols {
			results := make(chan error, 1)
			supported := func(record bool) bool {
				s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if record {
						rec := new(Recorder)
						rec.Start(w, r, nil, noon)
						w = rec
					}
					results <- try(w)
				}))
				defer s.Close()
				if s.EnableHTTP2 = p.h2; p.tls {
					s.StartTLS()
				} else {
					s.Start()
				}
				if res, err := s.Client().Get(s.URL); err == nil {
					res.Body.Close()
				}
				return !errors.Is(<-results, http.ErrNotSupported)
			}
			if with, without := supported(true), supported(false); with != without {
				t.Errorf("%s, %s: %v with the recorder, %v without", name, p.name, with, without)
			}
		}
	}
}

func has[T any](w http.ResponseWriter) error {
	if _, ok := w.(T); !ok {
		return http.ErrNotSupported
	}
	return nil
}
