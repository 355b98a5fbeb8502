package e2e

import (
	"os"
	"path/filepath"
	"testing"
)

// accessLine is a line of Caddy's own access log, as far as we also know it.
type accessLine struct {
	Request struct {
		Method, URI, Proto string
		ClientIP           string `json:"client_ip"`
	}
	Status    int
	Size      int64
	BytesRead int64  `json:"bytes_read"`
	UserID    string `json:"user_id"`
}

// accessLog is what every site of a test has, so that Caddy's own access log,
// which is written for the whole server, is a second witness.
const accessLog = `
	log {
		output file {{dir}}/access.json
	}`

// compareOracle holds our records against Caddy's access log: status, size,
// method, protocol, bytes read and user of each request. Visits name the
// differences that are right, because Caddy does not log what the client saw:
//
//   - of a HEAD request it counts a body that net/http drops;
//   - a handler that panics before it has written anything leaves status 0 (and
//     any that panics the time 0);
//   - of a response whose upstream breaks off it does not say so.
//
// An unanswered request, which it logs with status 0 otherwise, it knows the
// 200 of because our handler writes it.
func compareOracle(t *testing.T, g *gate, visits []*visit, records []request) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(g.dir, "access.json"))
	if err != nil {
		t.Fatal(err)
	}
	lines := map[string]accessLine{}
	for _, line := range decodeLines[accessLine](t, string(text)) {
		lines[line.Request.URI] = line
	}
	found := byName(t, records)
	for _, v := range visits {
		line, ok := lines[v.path+"?"+v.query()]
		if !ok {
			t.Errorf("%s: Caddy has not logged it", v.name)
			continue
		}
		r := found[v.name]
		if r.Method != line.Request.Method || r.Proto != line.Request.Proto || r.BytesIn != line.BytesRead || r.User != line.UserID {
			t.Errorf("%s: Caddy logged %+v, we %+v", v.name, line, r)
		}
		if v.caddy == nil {
			if r.Status != line.Status || r.Bytes != line.Size {
				t.Errorf("%s: Caddy logged status %d and %d bytes, we %d and %d", v.name, line.Status, line.Size, r.Status, r.Bytes)
			}
		} else if v.caddy.Status != line.Status || v.caddy.Size != line.Size {
			t.Errorf("%s: Caddy logged status %d and %d bytes; it used not to (%s)", v.name, line.Status, line.Size, v.why)
		}
	}
}
