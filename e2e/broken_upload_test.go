package e2e

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/fcgi"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
)

// uploadSites are sites with and without error pages, each with an application behind
// HTTP and one behind FastCGI.
const uploadSites = `{
	admin {{admin}}
	auto_https off
	gatebook {
		data_dir {{data}}
	}
}
(app) {
	log {
		output file {{dir}}/access.json
	}
	gatebook acme
	handle /fcgi/* {
		reverse_proxy {{fcgi}} {
			transport fastcgi {
				root /
			}
		}
	}
	handle /dead/* {
		reverse_proxy {{dead}}
	}
	reverse_proxy {{upstream}}
}
(pages) {
	handle_errors {
		respond "{err.status_code}, sorry"
	}
}
http://{{site}} {
	import app
}
http://{{security}} {
	import app
	import pages
}
https://gate.test:{{port}} {
	bind 127.0.0.1
	tls {{dir}}/cert.pem {{dir}}/key.pem
	import app
}
https://gate.test:{{port2}} {
	bind 127.0.0.1
	tls {{dir}}/cert.pem {{dir}}/key.pem
	import app
	import pages
}
`

// uploads are clients that leave in the middle of an upload.
type uploads struct {
	t       *testing.T
	g       *gate
	arrived chan struct{}
	trust   *tls.Config
	// plain and secure are the sites without and with error pages.
	plain, secure [2]string
	names         []string
}

func (u *uploads) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	u.arrived <- struct{}{}
	if strings.HasPrefix(r.URL.Path, "/deaf") {
		return
	}
	_, _ = io.Copy(io.Discard, r.Body)
}

func newUploads(t *testing.T) *uploads {
	t.Helper()
	u := &uploads{t: t, arrived: make(chan struct{}, 1000)}
	backend := listen(t)
	go func() { _ = fcgi.Serve(backend, u) }()
	t.Cleanup(func() { backend.Close() })
	u.secure = [2]string{freeAddress(t), freeAddress(t)}
	_, port, _ := net.SplitHostPort(u.secure[0])
	_, port2, _ := net.SplitHostPort(u.secure[1])
	u.g = newGate(t, application(t, u.ServeHTTP), setup{caddyfile: strings.NewReplacer(
		"{{fcgi}}", backend.Addr().String(), "{{dead}}", freeAddress(t), "{{port}}", port, "{{port2}}", port2,
	).Replace(uploadSites)})
	u.plain = [2]string{u.g.site, u.g.security}
	u.trust = &tls.Config{RootCAs: x509.NewCertPool(), ServerName: "gate.test"}
	if !u.trust.RootCAs.AppendCertsFromPEM(certificate(t, u.g.dir)) {
		t.Fatal("the certificate of the test cannot be read")
	}
	u.g.start()
	u.g.endWith(t)
	eventually(t, "the secure sites listen", func() bool {
		for _, address := range u.secure {
			conn, err := tls.Dial("tcp", address, u.trust)
			if err != nil {
				return false
			}
			conn.Close()
		}
		return true
	})
	return u
}

// overHTTP1 leaves after a part of the body, with and without a reset of the
// connection.
func (u *uploads) overHTTP1(path string, site int, body string) {
	for _, reset := range []bool{false, true} {
		name := u.name(path, "h1", site)
		conn, err := net.Dial("tcp", u.plain[site])
		must(u.t, err)
		_, err = fmt.Fprintf(conn, "POST %s?k=%s HTTP/1.1\r\nHost: %s\r\n%s", path, name, u.plain[site], body)
		must(u.t, err)
		if reset {
			must(u.t, conn.(*net.TCPConn).SetLinger(0))
		}
		u.wait()
		must(u.t, conn.Close())
	}
}

// over leaves by a reset of its stream, or by closing the connection.
func (u *uploads) over(proto, path string, site int, closes bool) {
	name := u.name(path, proto, site)
	body, more := io.Pipe()
	defer more.Close()
	ctx, leave := context.WithCancel(u.t.Context())
	defer leave()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://gate.test"+path+"?k="+name, body)
	must(u.t, err)
	req.ContentLength = 200_000
	transport, end := u.transport(proto, u.secure[site])
	var answered sync.WaitGroup
	answered.Go(func() {
		if res, err := transport.RoundTrip(req); err == nil {
			res.Body.Close()
		}
	})
	_, err = more.Write(bytes.Repeat([]byte("x"), 140_000))
	must(u.t, err)
	u.wait()
	if closes {
		end()
	}
	leave()
	answered.Wait()
	end()
}

// transport returns a transport of one connection, and what closes it at once.
func (u *uploads) transport(proto, address string) (http.RoundTripper, func()) {
	if proto == "h3" {
		three := &http3.Transport{TLSClientConfig: u.trust.Clone(), Dial: func(ctx context.Context, _ string, tlsConf *tls.Config, conf *quic.Config) (*quic.Conn, error) {
			return quic.DialAddrEarly(ctx, address, tlsConf, conf)
		}}
		return three, func() { three.Close() }
	}
	var conn net.Conn
	two := new(http.Protocols)
	two.SetHTTP2(true)
	transport := &http.Transport{
		TLSClientConfig: u.trust.Clone(), Protocols: two,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			var err error
			conn, err = new(net.Dialer).DialContext(ctx, network, address)
			return conn, err
		},
	}
	return transport, func() { conn.Close() }
}

func (u *uploads) name(path, proto string, site int) string {
	name := fmt.Sprintf("%s-%s-%d-%d", strings.Trim(strings.ReplaceAll(path, "/", "-"), "-"), proto, site, len(u.names))
	u.names = append(u.names, name)
	return name
}

func (u *uploads) wait() {
	u.t.Helper()
	select {
	case <-u.arrived:
	case <-time.After(30 * time.Second):
		u.t.Fatal("the application never got the request")
	}
}

// A client that leaves during an upload is no failure of the gate, whatever it
// speaks, whatever the application speaks, and with error pages or without.
func TestClientsThatLeaveDuringAnUploadAreNoFailureOfTheGate(t *testing.T) {
	t.Parallel()
	u := newUploads(t)
	const times = 3
	for range times {
		for site := range 2 {
			for _, path := range []string{"/app/", "/fcgi/"} {
				u.overHTTP1(path, site, "Content-Length: 200000\r\n\r\n"+strings.Repeat("x", 140_000))
				for _, closes := range []bool{false, true} {
					u.over("h2", path, site, closes)
					u.over("h3", path, site, closes)
				}
			}
			u.overHTTP1("/app/", site, "Transfer-Encoding: chunked\r\n\r\n222e0\r\n"+strings.Repeat("x", 140_000))
		}
	}
	var found map[string]request
	eventually(t, "all are recorded", func() bool {
		found = byName(t, u.g.requests("--limit", "0"))
		return len(found) == len(u.names)
	})
	wrong := map[string]int{}
	for _, name := range u.names {
		r := found[name]
		if r.Status != 499 || !r.Aborted || r.Error != nil || r.Bytes != 0 || r.BytesIn > 140_000 {
			kind := name[:strings.LastIndexByte(name, '-')]
			if wrong[kind]++; wrong[kind] == 1 {
				t.Errorf("%s: recorded %+v, failure %+v", name, r, r.Error)
			}
		}
	}
	if len(wrong) > 0 {
		t.Errorf("wrong, of %d each: %v", times, wrong)
	}
	if list := u.g.ask("errors", "--format", "ndjson"); strings.TrimSpace(list) != "" {
		t.Errorf("failures are listed: %s", list)
	}
	log, err := os.ReadFile(filepath.Join(u.g.dir, "access.json"))
	must(t, err)
	if n := len(decodeLines[accessLine](t, string(log))); n < len(u.names) {
		t.Errorf("Caddy logged %d requests, we %d", n, len(u.names))
	}
}
