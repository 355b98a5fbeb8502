package e2e

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gatebook/gatebook/internal/testrun"
)

// seen is what clients saw of a gate that is killed under them.
type seen struct {
	mu sync.Mutex
	// events are those that are promised to be on the disk.
	events []string
	// requests are when the end of a response was seen, by path.
	requests map[string]time.Time
}

func (s *seen) event(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, id)
}

func (s *seen) request(path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests[path] = time.Now()
}

func (s *seen) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.events)
}

// ask sends one request on a connection of its own. An event counts as seen
// with the first byte of its response, one in a trailer with the last.
func (s *seen) ask(address, path string) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return // the gate is dead
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, rawGet(path, address)); err != nil {
		return
	}
	id := strings.TrimPrefix(path, "/")
	in := bufio.NewReader(conn)
	if _, err := in.ReadByte(); err != nil {
		return
	}
	_ = in.UnreadByte()
	if strings.HasPrefix(id, "header") {
		s.event(id)
	}
	res, err := http.ReadResponse(in, nil)
	if err != nil {
		return
	}
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return
	}
	s.request(path)
	if strings.HasPrefix(id, "trailer") {
		s.event(id)
	}
}

// tellsOfEverything answers each path with an event that has the path for an
// id, every third time in a trailer.
func tellsOfEverything(w http.ResponseWriter, r *http.Request) {
	event := eventJSON(strings.TrimPrefix(r.URL.Path, "/"))
	if strings.HasPrefix(r.URL.Path, "/trailer") {
		_, _ = io.WriteString(w, "ok")
		w.(http.Flusher).Flush() // there are no trailers without chunks
		w.Header().Set(http.TrailerPrefix+"X-App-Event", event)
		return
	}
	w.Header().Set("X-App-Event", event)
	_, _ = io.WriteString(w, "ok")
}

// settled is how far the server log's last write lies behind what clients saw
// before it is due to be there: a request is recorded when its handler
// returns, which is after the client has the last byte.
const settled = 2 * time.Second

// If a client saw the first byte of a response, its events are stored after
// kill -9, and those in trailers if it saw the end; none twice. Of the server
// log, at most unwritten requests are missing.
//
// It is not parallel: a slow disk makes a round prove nothing.
func TestKillUnderLoad(t *testing.T) {
	const clients, wanted = 9, 100
	rounds, mostRounds := testrun.Rounds(2, 8), testrun.Rounds(6, 24)
	g := newGate(t, application(t, tellsOfEverything), setup{noConsoles: true})
	t.Cleanup(g.stop)
	all := &seen{requests: map[string]time.Time{}}
	due := map[string]bool{} // requests that the server log must have
	for round, proved := 0, 0; proved < rounds; round++ {
		if round == mostRounds {
			t.Fatalf("in %d of %d rounds the disk was too slow to prove anything", mostRounds-proved, mostRounds)
		}
		logged := len(g.log.String())
		g.start()
		g.opened()
		begun, before := time.Now(), all.count()
		stop := load(t, clients, func(client, n int) {
			kind := "header"
			if n%3 == 2 {
				kind = "trailer"
			}
			all.ask(g.site, fmt.Sprintf("/%s-%d-%d-%d", kind, round, client, n))
		})
		var flushed time.Time
		eventually(t, "the round has seen enough", func() bool {
			flushed = g.health().ServerLog.LastFlush
			return all.count()-before >= wanted && flushed.After(begun.Add(settled+time.Second/2))
		})
		g.kill()
		stop()
		all.mu.Lock()
		if g.tooSlow(logged) {
			t.Logf("round %d does not count", round)
			all.events = all.events[:before]
		} else {
			proved++
		}
		for path, when := range all.requests {
			if when.Before(flushed.Add(-settled)) {
				due[path] = true
			}
		}
		clear(all.requests) // the last ones need not be there
		all.mu.Unlock()
	}
	t.Logf("%d events acknowledged over %d kills, %d requests due", len(all.events), rounds, len(due))

	t.Run("directory", func(t *testing.T) { g.t = t; checkCrashedDirectory(t, g, all.events, due) })
	g.t = t
	g.start()
	g.opened()
	checkKilled(t, g.events(), g.requests(), all.events, due)
}

// load runs clients that each ask again and again, until the function that it
// returns is called, or the test ends.
func load(t *testing.T, clients int, ask func(client, n int)) (stop func()) {
	var stopped atomic.Bool
	var running sync.WaitGroup
	for client := range clients {
		running.Go(func() {
			for n := 0; !stopped.Load(); n++ {
				ask(client, n)
			}
		})
	}
	stop = func() { stopped.Store(true); running.Wait() }
	t.Cleanup(stop)
	return stop
}

func checkKilled(t *testing.T, events []event, requests []request, acknowledged []string, due map[string]bool) {
	t.Helper()
	stored := ids(events)
	for _, id := range acknowledged {
		if stored[id] == 0 {
			t.Errorf("event %s was acknowledged and is lost", id)
		}
	}
	for id, n := range stored {
		if n > 1 {
			t.Errorf("event %s is there %d times", id, n)
		}
	}
	recorded := map[string]int{}
	for _, r := range requests {
		recorded[r.Path]++
		if r.Status != http.StatusOK {
			t.Errorf("%s is recorded with status %d", r.Path, r.Status)
		}
	}
	for path := range due {
		if recorded[path] == 0 {
			t.Errorf("request %s was written and is lost", path)
		}
	}
	for path, n := range recorded {
		if n > 1 {
			t.Errorf("request %s is there %d times", path, n)
		}
	}
	if len(acknowledged) < 300 || len(due) < 100 {
		t.Errorf("only %d acknowledged events and %d due requests prove little", len(acknowledged), len(due))
	}
}

// checkCrashedDirectory reads a directory that kill -9 left behind with the
// commands, no server running.
func checkCrashedDirectory(t *testing.T, g *gate, acknowledged []string, due map[string]bool) {
	read := func(args ...string) string {
		t.Helper()
		stdout, stderr, code := g.run(append(args, "--data-dir", g.data)...)
		if code != 0 {
			t.Fatalf("gatebook %v: exit %d: %s", args, code, stderr)
		}
		return stdout
	}
	events := decodeLines[event](t, read("events", "--format", "ndjson", "--limit", "0"))
	requests := decodeLines[request](t, read("requests", "--format", "ndjson", "--limit", "0"))
	checkKilled(t, events, requests, acknowledged, due)

	h := decodeLines[health](t, read("stats", "--json"))[0]
	if h.Instance != "acme" || h.State != "ok" {
		t.Errorf("stats: %+v", h)
	}
	if h.ApplicationLog.Entries != uint64(len(events)) || h.ServerLog.Entries != uint64(len(requests)) {
		t.Errorf("stats count %d events and %d requests, the lists have %d and %d",
			h.ApplicationLog.Entries, h.ServerLog.Entries, len(events), len(requests))
	}
}
