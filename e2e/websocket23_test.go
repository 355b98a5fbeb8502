package e2e

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

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
	g.opened()
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
