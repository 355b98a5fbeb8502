package e2e

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
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
		// On a stream of its own Caddy answers even the reset, and a slow client may see
		// that before its own end of the context.
		if res.StatusCode != 499 {
			t.Fatalf("there was an answer: %s", res.Status)
		}
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
