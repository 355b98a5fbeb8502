package appevent

import (
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestTake(t *testing.T) {
	type header = http.Header
	for _, c := range []struct {
		name             string
		take             func(http.Header) ([]string, []string)
		h, left          header
		events, failures []string
	}{
		{"nothing", Take, header{"Content-Type": {"a"}}, header{"Content-Type": {"a"}}, nil, nil},
		{"nil", Take, nil, nil, nil, nil},
		{"both", Take, header{"X-App-Event": {"1", "2"}, "X-App-Error": {"3"}, "Vary": {"a"}}, header{"Vary": {"a"}}, []string{"1", "2"}, []string{"3"}},
		{"no lines", Take, header{"X-App-Event": nil}, header{}, nil, nil},
		{"lower case", Take, header{"x-app-event": {"1"}, "X-APP-ERROR": {"2"}}, header{}, []string{"1"}, []string{"2"}},
		{"blank before the colon", Take, header{"X-App-Event ": {"1"}, "x-app-error  ": {"2"}, "Trailer ": {"X-App-Event"}, "Vary ": {"a"}}, header{"Vary ": {"a"}}, []string{"1"}, []string{"2"}},
		{"similar names", Take, header{"X-App-Events": {"1"}, "X-App-Evens": {"2"}, "App-Event": {"3"}}, header{"X-App-Events": {"1"}, "X-App-Evens": {"2"}, "App-Event": {"3"}}, nil, nil},
		{"announced alone", Take, header{"Trailer": {"X-App-Event"}}, header{}, nil, nil},
		{"announced both", Take, header{"Trailer": {"x-app-event , X-APP-Error"}}, header{}, nil, nil},
		{"announced first", Take, header{"Trailer": {"X-App-Event, X-Sum"}}, header{"Trailer": {"X-Sum"}}, nil, nil},
		{"announced last", Take, header{"Trailer": {"X-Sum,X-App-Event"}}, header{"Trailer": {"X-Sum"}}, nil, nil},
		{"announced between", Take, header{"Trailer": {"A ,b,\tx-App-event,C"}}, header{"Trailer": {"A ,b,C"}}, nil, nil},
		{"announced often", Take, header{"Trailer": {"X-App-Event,X-App-Event,,X-App-Event"}}, header{}, nil, nil},
		{"several lines", Take, header{"Trailer": {"A", "X-App-Error", "B, X-App-Event", "C"}}, header{"Trailer": {"A", "B", "C"}}, nil, nil},
		{"not announced", Take, header{"Trailer": {" X-App-Events ,X-Sum "}}, header{"Trailer": {" X-App-Events ,X-Sum "}}, nil, nil},
		{"exposed", Take, header{"Access-Control-Expose-Headers": {"X-App-Event, ETag"}}, header{"Access-Control-Expose-Headers": {"ETag"}}, nil, nil},
		{"exposed, lower case", Take, header{"access-control-expose-headers": {"x-app-event"}}, header{}, nil, nil},
		{"varied", Take, header{"Vary": {"Accept, X-App-Event"}}, header{"Vary": {"Accept"}}, nil, nil},
		{"allowed", Take, header{"Access-Control-Allow-Headers": {"x-app-error"}}, header{}, nil, nil},
		{"exposed all", Take, header{"Access-Control-Expose-Headers": {"*"}}, header{"Access-Control-Expose-Headers": {"*"}}, nil, nil},
		{"trailers", TakeTrailers, header{"X-App-Event": {"1"}, "Trailer:X-App-Error": {"2"}, "Trailer:X-Sum": {"3"}}, header{"Trailer:X-Sum": {"3"}}, []string{"1"}, []string{"2"}},
		{"trailers, lower case", TakeTrailers, header{"Trailer:x-app-event": {"1"}}, header{}, []string{"1"}, nil},
		{"trailers left for later", Take, header{"Trailer:X-App-Event": {"1"}}, header{"Trailer:X-App-Event": {"1"}}, nil, nil},
		{"trailers announced late", TakeTrailers, header{"Trailer": {"X-App-Event"}}, header{}, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			events, failures := c.take(c.h)
			if !slices.Equal(events, c.events) || !slices.Equal(failures, c.failures) {
				t.Errorf("took %q and %q, want %q and %q", events, failures, c.events, c.failures)
			}
			if !reflect.DeepEqual(c.h, c.left) {
				t.Errorf("left %q, want %q", c.h, c.left)
			}
		})
	}
}

func TestStripRequest(t *testing.T) {
	h := http.Header{"X-App-Event": {"1"}, "X-App-Error": {"2"}, "Accept": {"3"}}
	StripRequest(h)
	if !reflect.DeepEqual(h, http.Header{"Accept": {"3"}}) {
		t.Errorf("left %q", h)
	}
	StripRequest(nil)
}

// Handlers set the same list for every response, while others read it.
func TestTakeDoesNotWriteToSharedLists(t *testing.T) {
	shared := []string{"A", "X-App-Event, B", "C"}
	before := slices.Clone(shared)
	Take(http.Header{"Access-Control-Expose-Headers": shared})
	if !slices.Equal(shared, before) {
		t.Errorf("the shared list became %q", shared)
	}
}

func usualHeader() http.Header {
	h := http.Header{"Trailer": {"X-Sum"}, "Access-Control-Expose-Headers": {"ETag, Link"}}
	for _, key := range []string{"Content-Type", "Content-Length", "Date", "Server", "Cache-Control", "Set-Cookie", "Vary", "Etag", "Via", "Link"} {
		h.Set(key, "some value")
	}
	return h
}

func TestNothingToTakeAllocatesNothing(t *testing.T) {
	h := usualHeader()
	for name, f := range map[string]func(){
		"Take":         func() { Take(h) },
		"TakeTrailers": func() { TakeTrailers(h) },
		"StripRequest": func() { StripRequest(h) },
	} {
		if n := testing.AllocsPerRun(100, f); n != 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
}

func BenchmarkTakeNothing(b *testing.B) {
	h := usualHeader()
	b.ReportAllocs()
	for b.Loop() {
		Take(h)
	}
}

// FuzzTake gives it any header, written as lines of "Key: value".
func FuzzTake(f *testing.F) {
	f.Add("X-App-Event: 1\nVary: a\nTrailer: X-App-Event, b")
	f.Add("x-app-error: 1\nTrailer: a,,X-APP-ERROR ,\nTrailer: b\nX-App-Event: 2")
	f.Add("X-App-Event : 1\nTrailer : X-App-Event, b")
	f.Add("Access-Control-Expose-Headers: ,x-app-event,*, x-app-error\nTrailer:X-App-Event: 1")
	f.Fuzz(func(t *testing.T, text string) {
		h, kept := http.Header{}, http.Header{}
		var values, names []string
		for line := range strings.Lines(text) {
			key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
			h[key] = append(h[key], value)
			switch {
			case isOurs(strings.TrimRight(strings.TrimPrefix(key, http.TrailerPrefix), " ")):
				values = append(values, value)
			case isList(key):
				names = append(names, otherNames(value)...)
			default:
				kept[key] = append(kept[key], value)
			}
		}
		events, failures := Take(h)
		lateEvents, lateFailures := TakeTrailers(h)
		got := slices.Concat(events, failures, lateEvents, lateFailures)
		slices.Sort(got)
		slices.Sort(values)
		if !slices.Equal(got, values) {
			t.Errorf("took %q, want %q", got, values)
		}
		var left []string
		for key, lines := range h {
			if isList(key) {
				if all := strings.Join(lines, ","); all != strings.Join(dropOurs(all), ",") {
					t.Errorf("%s still is %q", key, lines)
				}
				left = append(left, otherNames(strings.Join(lines, ","))...)
			} else if !slices.Equal(lines, kept[key]) {
				t.Errorf("%q is %q, was %q", key, lines, kept[key])
			}
			delete(kept, key)
		}
		slices.Sort(left)
		slices.Sort(names)
		if !slices.Equal(left, names) || len(kept) > 0 {
			t.Errorf("names %q, want %q; lost %q", left, names, kept)
		}
	})
}

func isOurs(name string) bool {
	return strings.EqualFold(name, EventHeader) || strings.EqualFold(name, ErrorHeader)
}

func isList(key string) bool {
	key = strings.TrimRight(key, " ")
	return strings.EqualFold(key, "Trailer") || strings.EqualFold(key, "Access-Control-Expose-Headers")
}

// dropOurs splits a list and leaves out our names.
func dropOurs(list string) []string {
	return slices.DeleteFunc(strings.Split(list, ","), func(s string) bool { return isOurs(strings.Trim(s, " \t")) })
}

// otherNames are the names in a list that must survive.
func otherNames(list string) []string {
	var out []string
	for _, s := range dropOurs(list) {
		if s = strings.Trim(s, " \t"); s != "" {
			out = append(out, s)
		}
	}
	return out
}
