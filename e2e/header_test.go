package e2e

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quic-go/quic-go/http3"
)

// canary is in every value of our headers and nowhere else.
const canary = "canary7"

// shape is one way in which an application may answer. {event} becomes a
// header line with an event, {json} its value alone, {id} its id.
type shape struct {
	name, answer string
	// events are how many {id}s are stored; 0 where the application was not
	// entitled to tell, or told nothing that can be read.
	events int
	// rejected are the entries of type event.rejected that it leaves.
	rejected int
	// status is what the client gets.
	status int
}

const ok = "Content-Length: 2\r\n\r\nok"

var shapes = []shape{
	{"200", "HTTP/1.1 200 OK\r\n{event}" + ok, 1, 0, 200},
	{"lower-case", "HTTP/1.1 200 OK\r\nx-app-event: {json}\r\n" + ok, 1, 0, 200},
	{"odd-case", "HTTP/1.1 200 OK\r\nx-APP-evenT: {json}\r\n" + ok, 1, 0, 200},
	{"base64", "HTTP/1.1 200 OK\r\nX-App-Event: eyJpZCI6IiIsImNhbmFyeTciOjF9\r\n" + ok, 0, 1, 200},
	{"302", "HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\n{event}" + ok, 1, 0, 302},
	{"404", "HTTP/1.1 404 Not Found\r\n{event}" + ok, 1, 0, 404},
	{"500", "HTTP/1.1 500 Oops\r\n{event}" + ok, 1, 0, 500},
	{"204", "HTTP/1.1 204 No Content\r\n{event}\r\n", 1, 0, 204},
	{"304", "HTTP/1.1 304 Not Modified\r\n{event}\r\n", 1, 0, 304},
	{"103", "HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n{event}\r\nHTTP/1.1 200 OK\r\n" + ok, 0, 0, 200},
	{"102", "HTTP/1.1 102 Processing\r\n{event}{error}\r\nHTTP/1.1 200 OK\r\n" + ok, 0, 0, 200},
	{"103-and-final", "HTTP/1.1 103 Early Hints\r\nX-App-Event: {\"id\":\"hint-" + canary + "\"}\r\n\r\nHTTP/1.1 200 OK\r\n{event}" + ok, 1, 0, 200},
	{"trailer", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-App-Event, X-Sum\r\n\r\n2\r\nok\r\n0\r\n{event}X-Sum: 1\r\n\r\n", 1, 0, 200},
	{"trailer-alone", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-App-Event\r\n\r\n2\r\nok\r\n0\r\n{event}\r\n", 1, 0, 200},
	{"trailer-unannounced", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n{event}\r\n", 1, 0, 200},
	{"trailer-error", "HTTP/1.1 500 Oops\r\nTransfer-Encoding: chunked\r\nTrailer: X-App-Error\r\n\r\n2\r\nno\r\n0\r\n{error}{event}\r\n", 1, 0, 500},
	{"many", "HTTP/1.1 200 OK\r\n" + strings.Repeat("X-App-Event: {json}\r\n", 20) + ok, 1, 0, 200},
	{"too-many", "HTTP/1.1 200 OK\r\n" + strings.Repeat("X-App-Event: {\"category\":\"user\",\"text\":\""+canary+"\"}\r\n", 40) + ok, 0, 1, 200},
	{"expose", "HTTP/1.1 200 OK\r\nAccess-Control-Expose-Headers: X-Sum, x-app-event ,X-App-Error\r\naccess-control-expose-headers: X-App-Event\r\n{event}" + ok, 1, 0, 200},
	{"trailer-name-only", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-App-Error\r\nTrailer: X-App-Event\r\n\r\n2\r\nok\r\n0\r\n\r\n", 0, 0, 200},
	{"error", "HTTP/1.1 500 Oops\r\n{error}" + ok, 0, 0, 500},
	{"error-and-event", "HTTP/1.1 422 No\r\n{event}{error}" + ok, 1, 0, 422},
	{"error-broken", "HTTP/1.1 500 Oops\r\nX-App-Error: {" + canary + "\r\n" + ok, 0, 0, 500},
	{"broken", "HTTP/1.1 200 OK\r\nX-App-Event: {\"id\":\"" + canary + "\r\n" + ok, 0, 1, 200},
	{"empty", "HTTP/1.1 200 OK\r\nX-App-Event:\r\nX-App-Error: \r\n" + ok, 0, 0, 200},
	{"long-line", "HTTP/1.1 200 OK\r\nX-App-Event: {\"id\":\"{id}\",\"category\":\"user\",\"text\":\"" + strings.Repeat(canary, 4000) + "\"}\r\n" + ok, 0, 1, 200},
	{"long-header", "HTTP/1.1 200 OK\r\n" + strings.Repeat("X-App-Event: {\"category\":\"user\",\"text\":\"x\",\"details\":{\"a\":\""+strings.Repeat(canary, 2000)+"\"}}\r\n", 40) + ok, 0, 5, 200},
	{"dies-in-header", "HTTP/1.1 200 OK\r\n{event}Content-Le" + hangUp, 0, 0, 502},
	{"dies-in-our-header", "HTTP/1.1 200 OK\r\nX-App-Event: {\"id\":\"" + canary + hangUp, 0, 0, 502},
	{"blank-before-colon", "HTTP/1.1 200 OK\r\nX-App-Event : {json}\r\nTrailer : X-App-Error\r\n" + ok, 1, 0, 200},
	{"dies-in-body", "HTTP/1.1 200 OK\r\n{event}Content-Length: 20\r\n\r\nok" + hangUp, 1, 0, 200},
	{"dies-in-trailer", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-App-Event: {\"id\":\"" + canary + hangUp, 0, 0, 200},
	{"unasked-101", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{event}\r\n" + hangUp, 0, 0, 200},
	{"upgrade", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{event}{error}\r\n", 1, 0, 101},
}

// answersFor gives every shape an id for one way of asking.
func answersFor(ways ...string) map[string]string {
	answers := map[string]string{}
	for _, way := range ways {
		for _, s := range shapes {
			id := "ev-" + way + "-" + s.name
			json := fmt.Sprintf(`{"id":%q,"category":"booking","text":"%s %s"}`, id, canary, way)
			answers["/"+way+"/"+s.name] = strings.NewReplacer(
				"{event}", "X-App-Event: "+json+"\r\n",
				"{error}", `X-App-Error: {"type":"`+canary+`"}`+"\r\n",
				"{json}", json, "{id}", id,
			).Replace(s.answer)
		}
	}
	return answers
}

// leaks reports what of our headers is in what a client got.
func leaks(got string) string {
	lower := strings.ToLower(got)
	for _, secret := range []string{"app-event", "app-error", canary} {
		if i := strings.Index(lower, secret); i >= 0 {
			return got[max(0, i-40):min(len(got), i+60)]
		}
	}
	return ""
}

// headerGate is one site, asked plainly and by TLS, and the same behind encode.
const headerGate = `{
	admin {{admin}}
	auto_https disable_redirects
	skip_install_trust
	local_certs
	# A server for HTTP/3 waits for ever for streams that it has cut itself.
	grace_period 1s
	gatebook {
		data_dir {{data}}
	}
}
http://{{site}} {
	gatebook acme
	reverse_proxy {{upstream}}
}
https://localhost:{{port}} {
	gatebook acme
	@zip path /zip*
	encode @zip {
		gzip
		minimum_length 1
	}
	reverse_proxy {{upstream}}
}
`

// No byte of X-App-Event or X-App-Error reaches a client, whatever the
// application answers and whatever the client speaks; what final responses
// told is stored, once, and what 1xx responses told is not.
func TestHeadersNeverLeak(t *testing.T) {
	t.Parallel()
	app := serveRaw(t, answersFor("h1", "h2", "h3", "zip"))
	tlsAddress := freeTLSAddress(t)
	_, port, _ := net.SplitHostPort(tlsAddress)
	g := startGate(t, app.address, setup{caddyfile: strings.ReplaceAll(headerGate, "{{port}}", port)})
	g.opened()
	waitForTLS(t, tlsAddress)

	overHTTP2 := &http.Transport{
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true, ServerName: "localhost"},
		ForceAttemptHTTP2: true,
	}
	overHTTP3 := &http3.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true, ServerName: "localhost"}}
	t.Cleanup(func() { overHTTP2.CloseIdleConnections(); overHTTP3.Close() })

	for _, s := range shapes {
		t.Run(s.name, func(t *testing.T) {
			expect(t, "h1", askRaw(t, g.site, "/h1/"+s.name), s)
			if s.status == http.StatusSwitchingProtocols {
				return // the others have another way to upgrade
			}
			expect(t, "h2", askDecoded(t, overHTTP2, "HTTP/2.0", tlsAddress, "/h2/"+s.name), s)
			expect(t, "h3", askDecoded(t, overHTTP3, "HTTP/3.0", tlsAddress, "/h3/"+s.name), s)
			expect(t, "zip", askDecoded(t, overHTTP2, "HTTP/2.0", tlsAddress, "/zip/"+s.name), s)
		})
	}
	checkHeard(t, g)
}

func expect(t *testing.T, way, got string, s shape) {
	t.Helper()
	if leak := leaks(got); leak != "" {
		t.Errorf("%s: %q reached the client", way, leak)
	}
	dies := strings.HasPrefix(s.name, "dies-in")
	if dies && got == "" {
		return
	}
	if want := fmt.Sprintf(" %d ", s.status); !strings.Contains(finalStatus(got), want) {
		t.Errorf("%s: the client got %q, want status %d", way, finalStatus(got), s.status)
	}
	if s.status == http.StatusOK && !dies && strings.Contains(s.answer, "\r\nok") && !strings.Contains(got, "ok") {
		t.Errorf("%s: the body did not arrive: %q", way, got)
	}
}

// finalStatus is the status line that follows those of 1xx responses.
func finalStatus(got string) string {
	for rest := got; ; {
		line, _, _ := strings.Cut(rest, "\r\n")
		if !strings.HasPrefix(line, "HTTP/1.1 10") || strings.HasPrefix(line, "HTTP/1.1 101") {
			return line + " "
		}
		_, rest, _ = strings.Cut(rest, "\r\n\r\n")
	}
}

// checkHeard compares the application log with what the shapes told.
func checkHeard(t *testing.T, g *gate) {
	t.Helper()
	stored, rejected := map[string]int{}, map[string]int{}
	for _, e := range g.events() {
		if e.Type == "event.rejected" {
			route, _ := e.Details["route"].(string)
			rejected[route]++
			continue
		}
		stored[e.ID]++
		if strings.Contains(e.ID, "hint") || strings.Contains(e.ID, "forged") {
			t.Errorf("event %s was believed", e.ID)
		}
	}
	for _, s := range shapes {
		for _, way := range []string{"h1", "h2", "h3", "zip"} {
			if s.status == http.StatusSwitchingProtocols && way != "h1" {
				continue
			}
			if got := stored["ev-"+way+"-"+s.name]; got != s.events {
				t.Errorf("%s over %s: %d events stored, want %d", s.name, way, got, s.events)
			}
			if got := rejected["/"+way+"/"+s.name]; got != s.rejected {
				t.Errorf("%s over %s: %d rejections, want %d", s.name, way, got, s.rejected)
			}
		}
	}
}

// forged is what a client sends to be believed.
var forged = []string{
	`X-App-Event: {"id":"forged","category":"user","text":"forged"}`,
	`x-app-EVENT: {"id":"forged-2","category":"user","text":"forged"}`,
	`X-App-Error: {"type":"forged"}`,
	`x-app-error: {"type":"forged"}`,
}

// askRaw returns every byte of the answer.
func askRaw(t *testing.T, address, path string) string {
	t.Helper()
	if strings.HasSuffix(path, "/upgrade") {
		return askUpgrade(t, address, path)
	}
	return rawRequest(t, address, rawGet(path, address, append(slices.Clone(forged), "TE: trailers")...))
}

// askUpgrade returns the header of the answer, after which there is a tunnel.
func askUpgrade(t *testing.T, address, path string) string {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n", path, address)
	var got bytes.Buffer
	for !strings.Contains(got.String(), "\r\n\r\n") {
		if _, err := io.CopyN(&got, conn, 1); err != nil {
			t.Fatalf("the header ended early: %v after %q", err, got.String())
		}
	}
	return got.String()
}

// askDecoded asks with a client that decodes the protocol and returns all that
// it was told, 1xx responses and trailers included, as if it were HTTP/1.1.
func askDecoded(t *testing.T, client http.RoundTripper, proto, address, path string) string {
	t.Helper()
	var got strings.Builder
	dump := func(status int, h http.Header) {
		fmt.Fprintf(&got, "HTTP/1.1 %d x\r\n", status)
		_ = h.Write(&got)
		got.WriteString("\r\n")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		Got1xxResponse: func(status int, h textproto.MIMEHeader) error { dump(status, http.Header(h)); return nil },
	})
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+address+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range forged {
		name, value, _ := strings.Cut(line, ": ")
		req.Header.Add(name, value)
	}
	_, port, _ := net.SplitHostPort(address)
	req.Host = "localhost:" + port
	req.Header.Set("TE", "trailers")
	req.Header.Set("Accept-Encoding", "gzip")
	res, err := client.RoundTrip(req)
	if err != nil && strings.Contains(path, "dies-in") {
		return got.String() // cut before the final header left
	}
	if err != nil {
		t.Fatalf("%s %s: %v", proto, path, err)
	}
	defer res.Body.Close()
	if res.Proto != proto {
		t.Errorf("%s was answered by %s", path, res.Proto)
	}
	body, err := io.ReadAll(res.Body)
	if err != nil && !strings.Contains(path, "dies-in") {
		t.Errorf("%s %s: reading the body: %v", proto, path, err)
	}
	dump(res.StatusCode, res.Header)
	got.WriteString(unzipped(t, res.Header, body, err != nil))
	_ = res.Trailer.Write(&got)
	return got.String()
}

func unzipped(t *testing.T, h http.Header, body []byte, cut bool) string {
	t.Helper()
	if h.Get("Content-Encoding") != "gzip" || cut || len(body) == 0 {
		return string(body)
	}
	r, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(plain)
}

// What a client sends under the headers' names reaches neither the application
// nor a log, by header or by trailer.
func TestForgedHeadersReachNobody(t *testing.T) {
	t.Parallel()
	app := serveRaw(t, map[string]string{"/": "HTTP/1.1 200 OK\r\n" + ok, "/post": "HTTP/1.1 200 OK\r\n" + ok})
	g := startGate(t, app.address, setup{noConsoles: true})
	g.opened()
	rawRequest(t, g.site, rawGet("/", g.site, append(slices.Clone(forged), "X-App-Else: passes", "Connection: X-App-Event")...))
	rawRequest(t, g.site, "POST /post HTTP/1.1\r\nHost: "+g.site+"\r\nConnection: close\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum, X-App-Event, x-app-error\r\n\r\n"+
		"2\r\nhi\r\n0\r\nX-Sum: passes as well\r\n"+crlf(forged)+"\r\n")

	got := app.got()
	for _, secret := range []string{"x-app-event", "x-app-error", "forged"} {
		if strings.Contains(strings.ToLower(got), secret) {
			t.Errorf("%q reached the application:\n%s", secret, got)
		}
	}
	for _, other := range []string{"passes", "passes as well", "hi"} {
		if !strings.Contains(got, other) {
			t.Errorf("%q did not reach the application:\n%s", other, got)
		}
	}
	if events := g.events(); len(events) != 0 {
		t.Errorf("forged events were stored: %+v", events)
	}
	eventually(t, "both requests are recorded", func() bool { return len(g.requests()) == 2 })
	for _, r := range g.requests() {
		if r.Error != nil {
			t.Errorf("a forged failure was recorded: %+v", r.Error)
		}
	}
}

// A page of handle_errors shows nothing of what the failed response had set,
// and what that told is stored.
func TestErrorPagesLeakNothing(t *testing.T) {
	t.Parallel()
	app := serveRaw(t, map[string]string{
		"/gone": "HTTP/1.1 500 Oops\r\nX-App-Event: {\"id\":\"from-proxy\",\"category\":\"user\",\"text\":\"" + canary + "\"}\r\nX-App-Error: {\"type\":\"" + canary + "\"}\r\n" + ok,
	})
	g := startGate(t, app.address, setup{noConsoles: true, site: `
	route /failed {
		header X-App-Event ` + "`" + `{"id":"from-route","category":"user","text":"` + canary + `"}` + "`" + `
		header X-App-Error ` + "`" + `{"type":"` + canary + `"}` + "`" + `
		error "` + "no" + `" 503
	}
	route /gone {
		reverse_proxy {{upstream}} {
			@bad status 5xx
			handle_response @bad {
				copy_response_headers {
					exclude Content-Length
				}
				error 502
			}
		}
	}
	handle_errors {
		header X-App-Event ` + "`" + `{"id":"from-page-{err.status_code}","category":"user","text":"` + canary + `"}` + "`" + `
		respond "sorry {err.status_code}"
	}`})
	g.opened()
	for path, want := range map[string]string{"/failed": "503", "/gone": "502"} {
		got := askRaw(t, g.site, path)
		if leak := leaks(got); leak != "" {
			t.Errorf("%s: %q reached the client", path, leak)
		}
		if !strings.HasPrefix(got, "HTTP/1.1 "+want) || !strings.Contains(got, "sorry "+want) {
			t.Errorf("%s: got %q", path, got)
		}
	}
	stored := ids(g.events())
	for _, id := range []string{"from-route", "from-proxy", "from-page-503", "from-page-502"} {
		if stored[id] != 1 {
			t.Errorf("event %s is stored %d times; there are %v", id, stored[id], stored)
		}
	}
}

// freeTLSAddress is free for TCP and for UDP.
func freeTLSAddress(t *testing.T) string {
	t.Helper()
	for range 20 {
		address := freeAddress(t)
		if conn, err := net.ListenPacket("udp", address); err == nil {
			conn.Close()
			return address
		}
	}
	t.Fatal("found no port that is free for both TCP and UDP")
	return ""
}

func waitForTLS(t *testing.T, address string) {
	t.Helper()
	eventually(t, "there is a certificate", func() bool {
		conn, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true, ServerName: "localhost"})
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
}
