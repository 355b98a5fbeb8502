package e2e

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// hostileLog is a log as another gate may have written it, with everything
// that a client, an application and a network can put into one.
func hostileLog(t *testing.T) string {
	t.Helper()
	var out strings.Builder
	add := func(members map[string]any) {
		line := map[string]any{"time": "2026-11-22T23:00:00.123456+01:00", "method": "GET", "path": "/", "status": 200}
		for name, value := range members {
			line[name] = value
		}
		text, err := json.Marshal(line)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(append(text, '\n'))
	}
	for _, text := range []string{
		`"`, `\`, `"\"`, "\x00\x01\x1b[31m\x7f", "a\nb\r\nc\td", "\u202e\u2028\ufeff\u0085", "\ufffd", "=cmd|' /C calc'!A0",
		"<script>alert(1)</script>", "é€😀\U000e0001", strings.Repeat("é", 2048), strings.Repeat("\x1b", 4096), "-", " ",
	} {
		add(map[string]any{"path": text, "query": text})
		add(map[string]any{"user_agent": text, "referer": text, "user": text, "method": text, "host": text, "proto": text})
		add(map[string]any{"browser": text, "os": text, "as_org": text, "request_id": text})
		add(map[string]any{"status": 500, "error": map[string]any{
			"source": "app", "type": text, "message": text, "where": text, "trace": text, "integration": text, "cut": true,
		}})
	}
	for _, ip := range []string{"203.0.113.7", "2001:db8::1", "::1", "::ffff:203.0.113.7", "255.255.255.255"} {
		add(map[string]any{"ip": ip, "country": "DE", "asn": 4294967295, "as_org": "Example"})
	}
	for _, verdict := range []string{"pass", "throttle", "ban"} {
		add(map[string]any{"verdict": verdict, "aborted": true, "error": map[string]any{"source": "gate"}})
	}
	for _, ms := range []float64{0, 0.001, 12.4, 86400000.123, 1e12} {
		add(map[string]any{"duration_ms": ms, "bytes": int64(1) << 50, "bytes_in": int64(1)<<62 + 1})
	}
	for _, time := range []string{"1970-01-01T00:00:00Z", "2026-11-22T23:00:00.123456+14:00", "9998-12-31T23:59:59.999999Z"} {
		add(map[string]any{"time": time, "status": 999})
	}
	return out.String()
}

// What one gate exports and another imports is exported by that in the same
// way, to the byte: what clients sent through the gate, and what was imported.
func TestImportOfAnExportIsTheIdentity(t *testing.T) {
	t.Parallel()
	first := startGate(t, application(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/fails" {
			w.Header().Set("X-App-Error", `{"type":"QueryException","message":"=1+1 \u001b[31m \"gone\"","where":"a.php:1","integration":"Microsoft 365"}`)
			w.WriteHeader(http.StatusInternalServerError)
		}
	}), setup{noConsoles: true})
	first.opened()
	host := first.site
	for _, path := range []string{"/fails", "/%00%ff", "/\xff\xfe", "/\"quoted\"", "/a?b=\xc3\x28&c='\"", "/" + strings.Repeat("\xff", 3000)} {
		rawRequest(t, host, rawGet(path, host, "User-Agent: \xff\"\\\t curl/8.5.0", "Referer: http://\x80/", "X-Request-Id: \xfe"))
	}
	rawRequest(t, host, "POST /upload HTTP/1.0\r\nHost: "+host+"\r\nContent-Length: 3\r\n\r\nabc")
	const live = 7
	eventually(t, "the requests are recorded", func() bool { return first.health().ServerLog.Entries == live })
	log := filepath.Join(first.dir, "hostile.ndjson")
	if err := os.WriteFile(log, []byte(hostileLog(t)), 0o600); err != nil {
		t.Fatal(err)
	}
	first.ask("import", log)
	export := first.ask("requests", "--limit", "0", "--format", "ndjson")
	if n := strings.Count(export, "\n"); n != live+strings.Count(hostileLog(t), "\n") {
		t.Fatalf("%d lines are exported:\n%s", n, export)
	}

	second := startGate(t, noUpstream(t), setup{noConsoles: true, instance: keepAll})
	second.opened()
	file := filepath.Join(second.dir, "export.ndjson")
	if err := os.WriteFile(file, []byte(export), 0o600); err != nil {
		t.Fatal(err)
	}
	second.ask("import", file)
	compareLines(t, linesOf(second.ask("requests", "--limit", "0", "--format", "ndjson")), linesOf(export))
	second.checkNothingDropped(t)

	csv := func(g *gate) []string { return linesOf(g.ask("requests", "--limit", "0", "--format", "csv")) }
	compareLines(t, csv(second), csv(first))
}

func linesOf(text string) []string { return slices.Collect(strings.Lines(text)) }
