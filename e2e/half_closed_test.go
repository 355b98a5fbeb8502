package e2e

import (
	"io"
	"net"
	"strings"
	"testing"
)

// A client may close its own side as soon as it has asked (netcat does), which
// for net/http ends the request's context while the error page is being made.
// It gets its page all the same, and the page is recorded, stripped and told.
func TestHalfClosedClientsErrorPageIsRecorded(t *testing.T) {
	const page = "there is no such desk"
	g := startGate(t, "127.0.0.1:1", setup{noConsoles: true, site: `error /missing/* 404
	handle_errors {
		header X-App-Event ` + "`" + `{"category":"global","type":"desk.missed","text":"Nothing there.","id":"{http.request.uri.path.1}"}` + "`" + `
		respond "` + page + `" 404
	}`})
	const clients = 60
	for i := range clients {
		conn, err := net.Dial("tcp", g.site)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, "GET /missing/"+string(rune('a'+i%26))+string(rune('a'+i/26))+" HTTP/1.1\r\nHost: "+g.site+"\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		answer, err := io.ReadAll(conn)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(string(answer), page) || strings.Contains(strings.ToLower(string(answer)), "app-event") {
			t.Fatalf("the client got %q", answer)
		}
	}
	records := g.requests()
	if len(records) != clients {
		t.Fatalf("%d records of %d requests", len(records), clients)
	}
	for _, r := range records {
		if r.Status != 404 || r.Bytes != int64(len(page)) {
			t.Fatalf("recorded as %+v", r)
		}
	}
	if stored := ids(g.events()); len(stored) != clients {
		t.Errorf("%d events of %d", len(stored), clients)
	}
}
