package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// An event that something removes before the gate, or that a cache replays without an
// id, is not stored. It is counted, and the log says once what to do.
func TestEventsThatAreNotTakenAreCounted(t *testing.T) {
	t.Parallel()
	event := "X-App-Event: " + eventJSON("%s") + "\r\n"
	none := "X-App-Event: {\"category\":\"user\",\"text\":\"no id\"}\r\n"
	app := serveRaw(t, map[string]string{
		"/plain":      "HTTP/1.1 200 OK\r\n" + fmt.Sprintf(event, "plain") + ok,
		"/connection": "HTTP/1.1 200 OK\r\nConnection: X-Other, x-app-event\r\n" + fmt.Sprintf(event, "connection") + fmt.Sprintf(event, "connection-2") + ok,
		"/down":       "HTTP/1.1 200 OK\r\n" + fmt.Sprintf(event, "down") + ok,
		"/handled":    "HTTP/1.1 418 No\r\n" + fmt.Sprintf(event, "handled") + ok,
		"/failed":     "HTTP/1.1 419 No\r\n" + fmt.Sprintf(event, "failed") + ok,
		"/aged":       "HTTP/1.1 200 OK\r\nAge: 7\r\n" + none + ok,
		"/hit":        "HTTP/1.1 200 OK\r\nCache-Status: edge; hit\r\n" + none + none + fmt.Sprintf(event, "hit") + ok,
		"/silent":     "HTTP/1.1 200 OK\r\nConnection: X-App-Event\r\n" + ok,
	})
	g := startGate(t, app.address, setup{noConsoles: true, site: `
	handle /down {
		reverse_proxy {{upstream}} {
			header_down -X-App-Event
		}
	}
	reverse_proxy {{upstream}} {
		@teapot status 418
		handle_response @teapot {
			respond "handled"
		}
		@lost status 419
		handle_response @lost {
			error 503
		}
	}
	handle_errors {
		respond "sorry"
	}`})
	want, stored := uint64(0), map[string]int{}
	for _, v := range []struct {
		path     string
		notTaken uint64
		stored   string
	}{
		{"/plain", 0, "plain"}, {"/connection", 2, ""}, {"/down", 1, ""}, {"/handled", 1, ""}, {"/failed", 1, ""},
		{"/aged", 1, ""}, {"/hit", 2, "hit"}, {"/silent", 0, ""},
	} {
		if _, header, _ := g.get(v.path); header.Get("X-App-Event") != "" {
			t.Errorf("%s: the client got the event", v.path)
		}
		if want += v.notTaken; v.stored != "" {
			stored[v.stored] = 1
		}
		if got := g.health().ApplicationLog.NotTaken; got != want {
			t.Errorf("after %s %d events are counted, want %d", v.path, got, want)
			want = got
		}
	}
	if got := ids(g.events()); len(got) != len(stored) {
		t.Errorf("stored are %v, want %v", got, stored)
	}
	if said := strings.Count(g.log.String(), "an event was not taken"); said != 2 {
		t.Errorf("said %d times, want once for each reason:\n%s", said, g.log)
	}
	if out := g.ask("stats"); !strings.Contains(out, fmt.Sprintf(`"not_taken":%d`, want)) {
		t.Errorf("stats says %s", out)
	}
	req, err := http.NewRequest(http.MethodGet, "http://"+g.admin+"/metrics", nil)
	must(t, err)
	_, text := do(t, req)
	if line := fmt.Sprintf(`caddy_gatebook_not_taken_total{instance="acme",log="application"} %d`, want); !strings.Contains(text, line) {
		t.Errorf("the metrics have no %s", line)
	}
}

// Caddy itself refuses a method of more than 32 characters before it asks any site, so
// that it is in no log: neither ours nor Caddy's own.
func TestMethodsThatAreTooLongAreNotRecorded(t *testing.T) {
	t.Parallel()
	app := serveRaw(t, map[string]string{"/": "HTTP/1.1 200 OK\r\n" + ok})
	g := startGate(t, app.address, setup{noConsoles: true})
	for n, status := range map[int]string{32: "HTTP/1.1 200 ", 33: "HTTP/1.1 405 "} {
		method := strings.Repeat("M", n)
		answer := rawRequest(t, g.site, method+" /?k=long HTTP/1.1\r\nHost: "+g.site+"\r\nConnection: close\r\n\r\n")
		if !strings.HasPrefix(answer, status) {
			t.Errorf("a method of %d characters gets %.60q", n, answer)
		}
	}
	if list := g.requests(); len(list) != 1 || len(list[0].Method) != 32 {
		t.Errorf("recorded: %+v", list)
	}
}
