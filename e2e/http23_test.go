package e2e

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

const secureSite = `{
	admin {{admin}}
	auto_https off
	gatebook {
		data_dir {{data}}
	}
}
https://gate.test:{{port}} {
	bind 127.0.0.1
	tls {{dir}}/cert.pem {{dir}}/key.pem
	gatebook acme
	reverse_proxy {{upstream}}
}
http://{{site}} {
	respond "only for the test to know that the gate is there"
}
`

// secure starts a gate with a certificate, and says how to trust it.
func secure(t *testing.T, upstream string) (g *gate, address string, trust *tls.Config) {
	t.Helper()
	address = freeAddress(t)
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	g = newGate(t, upstream, setup{caddyfile: strings.ReplaceAll(secureSite, "{{port}}", port)})
	trust = &tls.Config{RootCAs: x509.NewCertPool(), ServerName: "gate.test"}
	if !trust.RootCAs.AppendCertsFromPEM(certificate(t, g.dir)) {
		t.Fatal("the certificate of the test cannot be read")
	}
	g.start()
	g.endWith(t)
	eventually(t, "the secure site listens", func() bool {
		conn, err := tls.Dial("tcp", address, trust)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	return g, address, trust
}

// certificate makes cert.pem and key.pem in dir.
func certificate(t *testing.T, dir string) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"gate.test"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	for name, data := range map[string][]byte{"cert.pem": cert, "key.pem": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert
}

// P1 over every protocol: the same visits, and clients that leave.
func TestEveryProtocolIsRecordedAsItsClientsSawIt(t *testing.T) {
	s, e := &stream{seen: make(chan struct{})}, &endless{arrived: make(chan struct{}, 10)}
	g, address, trust := secure(t, application(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/stream":
			s.ServeHTTP(w, r)
		case "/endless", "/never":
			e.ServeHTTP(w, r)
		default:
			shapesApplication(w, r)
		}
	}))
	dial := func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, address)
	}
	three := &http3.Transport{TLSClientConfig: trust, Dial: func(ctx context.Context, _ string, tlsConf *tls.Config, conf *quic.Config) (*quic.Conn, error) {
		return quic.DialAddrEarly(ctx, address, tlsConf, conf)
	}}
	defer three.Close()
	only1, only2 := new(http.Protocols), new(http.Protocols)
	only1.SetHTTP1(true)
	only2.SetHTTP2(true)
	var visits []*visit
	streams := 0
	for proto, transport := range map[string]http.RoundTripper{
		"HTTP/1.1": &http.Transport{DialContext: dial, TLSClientConfig: trust.Clone(), Protocols: only1, DisableCompression: true},
		"HTTP/2.0": &http.Transport{DialContext: dial, TLSClientConfig: trust.Clone(), Protocols: only2, DisableCompression: true},
		"HTTP/3.0": three,
	} {
		c := &http.Client{Transport: transport, Timeout: 30 * time.Second}
		site, mark := "https://gate.test", strings.ReplaceAll(proto, "/", "-")
		for _, v := range []*visit{
			{name: "plain", path: "/", status: 200},
			{name: "head", method: "HEAD", path: "/", status: 200},
			{name: "big", path: "/big", status: 200},
			{name: "none", path: "/status/204", status: 204},
			{name: "not-modified", path: "/status/304", status: 304},
			{name: "failed", path: "/status/500", status: 500},
			{name: "body", method: "POST", path: "/read", body: strings.Repeat("x", 100_000), status: 200},
			{name: "cut", path: "/cut", status: 200, reset: proto == "HTTP/3.0"},
			{name: "cut-chunked", path: "/cut-chunked", status: 200, reset: proto == "HTTP/3.0"},
		} {
			v.name += "-" + mark
			v.more = func(t *testing.T, r request) {
				if r.Proto != proto || r.BytesIn != int64(len(v.body)) || r.IP != "127.0.0.1" {
					t.Errorf("%s: recorded %+v", v.name, r)
				}
			}
			v.ask(t, c, site)
			visits = append(visits, v)
		}
		s.watch(t, g, c, site, "stream-"+mark)
		e.leaveEarly(t, g, c, site, mark)
		streams += 3
	}
	records := g.closedBooks(len(visits)+streams, "acme")
	kept := records[:0]
	for _, r := range records {
		if r.Path != "/stream" && r.Path != "/endless" && r.Path != "/never" {
			kept = append(kept, r)
		}
	}
	compareAll(t, visits, kept)
}

// leaveEarly leaves in the middle of an answer, and before there is one.
func (e *endless) leaveEarly(t *testing.T, g *gate, c *http.Client, site, mark string) {
	t.Helper()
	res, err := c.Get(site + "/endless?k=mid-" + mark)
	if err != nil {
		t.Fatal(err)
	}
	read, err := io.CopyN(io.Discard, res.Body, 50_000)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()

	ctx, leave := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, site+"/never?k=before-"+mark, nil)
	if err != nil {
		t.Fatal(err)
	}
	go func() { <-e.arrived; leave() }()
	if res, err := c.Do(req); err == nil {
		res.Body.Close()
		t.Fatalf("there was an answer: %s", res.Status)
	}
	eventually(t, "those who left are in the log", func() bool {
		found := byName(t, g.requests())
		mid, before := found["mid-"+mark], found["before-"+mark]
		if mid.Status == 0 || before.Status == 0 {
			return false
		}
		// On HTTP/2 the write that fails says 0 although a part of it went out.
		const oneWrite = 32 << 10
		if mid.Status != 200 || !mid.Aborted || mid.Bytes < read-oneWrite || mid.Bytes > e.sent.Load() {
			t.Errorf("%s: the client left after %d bytes; recorded %+v", mark, read, mid)
		}
		if before.Status != 499 || !before.Aborted || before.Bytes != 0 {
			t.Errorf("%s: the client left before there was an answer; recorded %+v", mark, before)
		}
		return true
	})
}

// WebSockets over HTTP/2 and 3 are streams of a CONNECT request with the
// pseudo-header :protocol (RFC 8441, RFC 9220). net/http offers them when
// GODEBUG says so.
func TestWebSocketsOverHTTP2And3AreRecordedWithTheBytesOfBothWays(t *testing.T) {
	t.Setenv("GODEBUG", "http2xconnect=1")
	g, address, trust := secure(t, application(t, upgrades))

	conn := &connectH2{t: t, in: new(bytes.Buffer)}
	conn.open(address, trust, "/echo?k=HTTP-2.0")
	exchange(t, conn, conn, 1000)
	conn.end()

	quicConn, err := quic.DialAddr(t.Context(), address, http3.ConfigureTLSConfig(trust), &quic.Config{})
	if err != nil {
		t.Fatal(err)
	}
	stream, err := (&http3.Transport{}).NewClientConn(quicConn).OpenRequestStream(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodConnect, "https://gate.test/echo?k=HTTP-3.0", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Proto = "websocket"
	if err := stream.SendRequestHeader(req); err != nil {
		t.Fatal(err)
	}
	res, err := stream.ReadResponse()
	if err != nil || res.StatusCode != 200 || res.Header.Get("X-App-Event") != "" {
		t.Fatalf("CONNECT over HTTP/3: %+v, %v", res, err)
	}
	exchange(t, stream, stream, 1000)
	if err := stream.Close(); err != nil {
		t.Fatal(err)
	}
	// Wait for the end of the tunnel before the connection goes.
	if _, err := io.Copy(io.Discard, stream); err != nil {
		t.Fatal(err)
	}
	if err := quicConn.CloseWithError(0, ""); err != nil {
		t.Fatal(err)
	}

	records := byName(t, g.closedBooks(2, "acme"))
	for _, proto := range []string{"HTTP/2.0", "HTTP/3.0"} {
		name := strings.ReplaceAll(proto, "/", "-")
		r := records[name]
		if r.Method != "CONNECT" || r.Path != "/echo" || r.Status != 200 || r.Proto != proto || r.Bytes != 1000 || r.BytesIn != 1000 {
			t.Errorf("a WebSocket over %s is recorded as %+v", proto, r)
		}
	}
	g.start() // its directory is not in use any more
	for _, name := range []string{"tunnel-HTTP-2.0", "tunnel-HTTP-3.0"} {
		if ids(g.events())[name] != 1 {
			t.Errorf("%s is not stored", name)
		}
	}
}

// connectH2 is one stream of an HTTP/2 connection; net/http's client opens no
// such streams.
type connectH2 struct {
	t      *testing.T
	framer *http2.Framer
	in     *bytes.Buffer
}

func (c *connectH2) open(address string, trust *tls.Config, target string) {
	c.t.Helper()
	trust = trust.Clone()
	trust.NextProtos = []string{"h2"}
	conn, err := tls.Dial("tcp", address, trust)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		c.t.Fatal(err)
	}
	fmt.Fprint(conn, http2.ClientPreface)
	c.framer = http2.NewFramer(conn, conn)
	c.framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	c.must(c.framer.WriteSettings())
	var block bytes.Buffer
	enc := hpack.NewEncoder(&block)
	for _, f := range [][2]string{
		{":method", "CONNECT"}, {":protocol", "websocket"}, {":scheme", "https"}, {":path", target}, {":authority", "gate.test"},
	} {
		c.must(enc.WriteField(hpack.HeaderField{Name: f[0], Value: f[1]}))
	}
	c.must(c.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block.Bytes(), EndHeaders: true}))
	head := c.next().(*http2.MetaHeadersFrame)
	told := slices.ContainsFunc(head.Fields, func(f hpack.HeaderField) bool { return f.Name == "x-app-event" })
	if head.PseudoValue("status") != "200" || told {
		c.t.Fatalf("CONNECT over HTTP/2: %+v", head.Fields)
	}
}

// next is the next frame that is about the stream.
func (c *connectH2) next() http2.Frame {
	for {
		f, err := c.framer.ReadFrame()
		c.must(err)
		if f.Header().StreamID == 1 && f.Header().Type != http2.FrameWindowUpdate {
			return f
		}
	}
}

func (c *connectH2) Write(p []byte) (int, error) { return len(p), c.framer.WriteData(1, false, p) }

func (c *connectH2) Read(p []byte) (int, error) {
	for c.in.Len() == 0 {
		data, ok := c.next().(*http2.DataFrame)
		if !ok {
			return 0, io.ErrUnexpectedEOF
		}
		c.in.Write(data.Data())
	}
	return c.in.Read(p)
}

func (c *connectH2) end() { c.must(c.framer.WriteData(1, true, nil)) }

func (c *connectH2) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}
