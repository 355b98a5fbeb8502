package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// told is an application whose answer to each path is a header that the test
// sets, with a body and another header that must not change.
type told struct {
	mu    sync.Mutex
	lines map[string][]string
	asked map[string]int
}

func (a *told) serve(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asked[r.URL.Path]++
	for _, line := range a.lines[r.URL.Path] {
		w.Header().Add("X-App-Event", line)
	}
	w.Header().Set("X-Desk", "23")
	w.WriteHeader(http.StatusAccepted)
	fmt.Fprintf(w, "the page of %s", r.URL.Path)
}

// set makes path send lines in the header from now on.
func (a *told) set(path string, lines ...string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.lines[path] = lines
}

func (a *told) count(path string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.asked[path]
}

func newTold() *told { return &told{lines: map[string][]string{}, asked: map[string]int{}} }

// getUnchanged asks for path and expects the application's own response.
func getUnchanged(t *testing.T, g *gate, path string) {
	t.Helper()
	status, h, body := g.get(path)
	if status != http.StatusAccepted || body != "the page of "+path || h.Get("X-Desk") != "23" {
		t.Errorf("%s: the response was changed: %d %v %q", path, status, h, body)
	}
	if len(h["X-App-Event"]) > 0 {
		t.Errorf("%s: the header reached the client", path)
	}
}

// What is malformed, too large or too many is refused: the response stays as it
// is, and an entry has the reason, but never a byte of the header.
func TestRefusedEvents(t *testing.T) {
	t.Parallel()
	good := func(id string) string { return eventJSON(id) }
	long := strings.Repeat(canary, 3000) // 21,000 characters
	cases := []struct {
		name   string
		lines  []string
		stored []string // ids
		reason string   // in the entries, one for each refusal
		count  int
	}{
		{"half", []string{`{"id":"` + canary}, nil, "", 1},
		{"garbage", []string{canary + ` booked a desk`}, nil, "", 1},
		{"trailing garbage", []string{good("g1") + canary}, nil, "", 1},
		{"duplicate key", []string{`{"id":"g2","id":"` + canary + `","category":"user","text":"x"}`}, nil, "", 1},
		{"no text", []string{`{"id":"g3","category":"user","type":"` + canary + `.made"}`}, nil, "text", 1},
		{"no category", []string{`{"id":"g4","text":"` + canary + `"}`}, nil, "category", 1},
		{"reserved category", []string{`{"id":"g5","category":"gatebook","text":"` + canary + `"}`}, nil, "category", 1},
		{"wrong type", []string{`{"id":7,"category":"user","text":["` + canary + `"]}`}, nil, "", 1},
		{"text too long", []string{`{"category":"user","text":"` + long[:600] + `"}`}, nil, "text", 1},
		{"details too large", []string{`{"category":"user","text":"x","details":{"a":"` + long[:5000] + `"}}`}, nil, "details", 1},
		{"too deep", []string{`{"category":"user","text":"x","details":` + strings.Repeat(`{"`+canary+`":`, 8) + `1` + strings.Repeat(`}`, 8) + `}`}, nil, "", 1},
		{"line too long", []string{`{"category":"user","text":"` + long + `"}`}, nil, "", 1},
		{"wrong base64", []string{"ey" + canary + "!!"}, nil, "", 1},
		{"one of several lines", []string{good("s1"), `{` + canary, good("s2")}, []string{"s1", "s2"}, "", 1},
		{"one of several on a line", []string{good("s3") + `, {"category":"` + canary + `!","text":"x"}, ` + good("s4")}, []string{"s3", "s4"}, "category", 1},
	}
	app := newTold()
	g := startGate(t, application(t, app.serve), setup{noConsoles: true})
	g.opened()
	refusals := 0
	for i, c := range cases {
		path := fmt.Sprintf("/refused/%d", i)
		app.set(path, c.lines...)
		getUnchanged(t, g, path)
		refusals += c.count
	}

	list := g.ask("events", "--format", "ndjson", "--limit", "0")
	if strings.Contains(list, canary) {
		t.Errorf("what was refused is in the log:\n%s", list)
	}
	events := decodeLines[event](t, list)
	stored := ids(events)
	for i, c := range cases {
		path := fmt.Sprintf("/refused/%d", i)
		entries := refusalsOf(events, path)
		if len(entries) != c.count {
			t.Errorf("%s: %d entries, want %d", c.name, len(entries), c.count)
		}
		for _, e := range entries {
			checkRefusal(t, c.name, e, c.reason)
		}
		for _, id := range c.stored {
			if stored[id] != 1 {
				t.Errorf("%s: event %s is stored %d times", c.name, id, stored[id])
			}
			delete(stored, id)
		}
	}
	for id := range stored {
		if strings.HasPrefix(id, "g") {
			t.Errorf("event %s was salvaged", id)
		}
	}
	if h := g.health(); h.ApplicationLog.Rejected != uint64(refusals) || h.State != "ok" {
		t.Errorf("stats: %d rejected, want %d; %+v", h.ApplicationLog.Rejected, refusals, h)
	}
}

func refusalsOf(events []event, path string) []event {
	var entries []event
	for _, e := range events {
		if e.Type == "event.rejected" && e.Details["route"] == path {
			entries = append(entries, e)
		}
	}
	return entries
}

func checkRefusal(t *testing.T, name string, e event, reason string) {
	t.Helper()
	if e.Category != "global" || e.RequestID == "" || e.Initiator != nil {
		t.Errorf("%s: the entry is %+v", name, e)
	}
	told, _ := e.Details["reason"].(string)
	if told == "" || !strings.Contains(told, reason) || !strings.Contains(e.Text, told) {
		t.Errorf("%s: the reason is %q, without %q", name, told, reason)
	}
	if offset, ok := e.Details["offset"].(float64); !ok || offset < 0 {
		t.Errorf("%s: offset %v", name, e.Details["offset"])
	}
	if length, ok := e.Details["length"].(float64); !ok || length < 1 {
		t.Errorf("%s: length %v", name, e.Details["length"])
	}
}

// Of too many events the first 32 are stored, of too many bytes those that came
// before the limit.
func TestTooManyEvents(t *testing.T) {
	t.Parallel()
	app := newTold()
	g := startGate(t, application(t, app.serve), setup{noConsoles: true})
	g.opened()
	var many, large []string
	for i := range 40 {
		many = append(many, eventJSON(fmt.Sprintf("many-%02d", i)))
		large = append(large, fmt.Sprintf(`{"id":"large-%02d","category":"user","text":"x","details":{"a":%q}}`, i, strings.Repeat(canary, 500)))
	}
	app.set("/many", many...)
	app.set("/large", large...)
	getUnchanged(t, g, "/many")
	getUnchanged(t, g, "/large")

	events := g.events()
	stored := ids(events)
	room := 64 << 10 / len(large[0])
	for i := range 40 {
		if n, want := stored[fmt.Sprintf("many-%02d", i)], b2i(i < 32); n != want {
			t.Errorf("of too many events, number %d is stored %d times", i, n)
		}
		if n, want := stored[fmt.Sprintf("large-%02d", i)], b2i(i < room); n != want {
			t.Errorf("of too many bytes, event %d is stored %d times", i, n)
		}
	}
	for _, path := range []string{"/many", "/large"} {
		if n := len(refusalsOf(events, path)); n < 1 || n > 33 {
			t.Errorf("%s: %d entries tell of the rest", path, n)
		}
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// The same event again is stored once, also after a restart; another one of
// the same id is stored with a mark.
func TestRepeatedEvents(t *testing.T) {
	t.Parallel()
	app := newTold()
	g := startGate(t, application(t, app.serve), setup{noConsoles: true})
	g.opened()
	one := `{"id":"one","category":"booking","type":"booking.created","text":"A desk.","details":{"a":1}}`
	same := `{"details":{"a":1},"text":"A desk.","type":"booking.created","category":"booking","id":"one"}`
	other := `{"id":"one","category":"booking","type":"booking.created","text":"Another desk."}`
	app.set("/one", one)
	app.set("/same", same)
	app.set("/twice", one, same)
	app.set("/other", other)
	for _, path := range []string{"/one", "/one", "/same", "/twice"} {
		getUnchanged(t, g, path)
	}
	if events := g.events("--category", "booking"); len(events) != 1 || has(events[0].Marks, "conflict") {
		t.Errorf("the same event is stored %d times: %+v", len(events), events)
	}
	if h := g.health().ApplicationLog; h.Duplicates != 4 || h.Conflicts != 0 {
		t.Errorf("stats count %+v", h)
	}
	for range 2 {
		getUnchanged(t, g, "/other")
	}
	if h := g.health().ApplicationLog; h.Duplicates != 5 || h.Conflicts != 1 {
		t.Errorf("stats count %+v", h)
	}

	g.stop()
	g.start()
	g.opened()
	getUnchanged(t, g, "/same")
	getUnchanged(t, g, "/other")
	events := g.events("--category", "booking")
	if len(events) != 2 {
		t.Fatalf("after a restart there are %d: %+v", len(events), events)
	}
	if later := events[0]; later.Text != "Another desk." || !has(later.Marks, "conflict") || later.ID != "one" {
		t.Errorf("the later one is %+v", later)
	}
	if first := events[1]; first.Text != "A desk." || has(first.Marks, "conflict") {
		t.Errorf("the first one is %+v", first)
	}
}
