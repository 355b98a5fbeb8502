package plugin

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"
)

const goodToken = "abcdefghijklmnop"

// A door without a token is opened to files alone, and a bad token is refused
// in words that do not hold it.
func TestIngestGuard(t *testing.T) {
	t.Setenv("GATEBOOK_TEST_TOKEN", goodToken)
	t.Setenv("GATEBOOK_TEST_SHORT", "s3cret")
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte(goodToken+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	socket, tcp := []string{"unix//run/a.sock", "unix//run/b.sock|0200"}, []string{"127.0.0.1:80"}
	for _, c := range []struct {
		listen  []string
		token   string
		refused string
		guarded bool
	}{
		{socket, "", "", false},
		{socket, goodToken, "", true},
		{tcp, "", "token is missing", false},
		{append(tcp, socket...), "", "token is missing", false},
		{[]string{"unix/@abstract"}, "", "token is missing", false},
		{[]string{"fd/3"}, "", "token is missing", false},
		{nil, "", "token is missing", false},
		{tcp, goodToken, "", true},
		{tcp, "{env.GATEBOOK_TEST_TOKEN}", "", true},
		{tcp, "{file." + file + "}", "", true},
		{tcp, "{env.GATEBOOK_TEST_UNSET}", "token {env.GATEBOOK_TEST_UNSET} stands for nothing", false},
		{socket, "{env.GATEBOOK_TEST_UNSET}", "stands for nothing", false},
		{tcp, "{env.GATEBOOK_TEST_SHORT}", "token has 6 characters; it must have at least 16", false},
		{tcp, "{http.request.header.Token}", "token must consist of", false},
		{tcp, "s3cret", "at least 16", false},
		{tcp, "s3cret and some words", "token must consist of", false},
	} {
		i := &Ingest{Token: c.token}
		err := i.guard(&caddyhttp.Server{Listen: c.listen})
		switch {
		case c.refused == "" && err != nil, c.refused != "" && (err == nil || !strings.Contains(err.Error(), c.refused)):
			t.Errorf("%v %q: %v", c.listen, c.token, err)
		case i.guarded != c.guarded:
			t.Errorf("%v %q: guarded %v", c.listen, c.token, i.guarded)
		case err != nil && strings.Contains(err.Error(), "s3cret"):
			t.Errorf("the token is shown: %v", err)
		case i.Token != c.token:
			t.Errorf("the configuration holds %q instead of %q", i.Token, c.token)
		}
	}
	if err := new(Ingest).guard(nil); err == nil {
		t.Error("no server at all needs no token")
	}
}

func TestIngestAdmits(t *testing.T) {
	i := &Ingest{Token: goodToken}
	if err := i.guard(nil); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		lines []string
		ok    bool
	}{
		{[]string{"Bearer " + goodToken}, true},
		{[]string{"bearer  " + goodToken + " "}, true},
		{nil, false},
		{[]string{""}, false},
		{[]string{"Bearer"}, false},
		{[]string{"Bearer "}, false},
		{[]string{goodToken}, false},
		{[]string{"Basic " + goodToken}, false},
		{[]string{"Bearer " + goodToken[1:]}, false},
		{[]string{"Bearer " + goodToken + "q"}, false},
		{[]string{"Bearer " + goodToken, "Bearer " + goodToken}, false},
	} {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.Header["Authorization"] = c.lines
		if i.admits(r) != c.ok {
			t.Errorf("%q: admitted %v", c.lines, !c.ok)
		}
	}
}

// A job that sends all of a body that is too large before it reads is told so.
func TestIngestHearsOut(t *testing.T) {
	i := &Ingest{Token: goodToken, log: zap.NewNop()}
	if err := i.guard(nil); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := i.ServeHTTP(w, r, nil); err != nil {
			t.Error(err)
		}
	}))
	defer srv.Close()
	body := strings.Repeat("x", 10<<20)
	for name, sent := range map[string]string{
		"with its length": fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body),
		"in chunks":       fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(body), body),
	} {
		conn, err := net.Dial("tcp", srv.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.WriteString(conn, "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nAuthorization: Bearer "+goodToken+"\r\n"+sent)
		if err != nil {
			t.Errorf("%s: sending: %v", name, err)
		}
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil || res.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("%s: %v, %v", name, res, err)
		}
		if res != nil {
			err = res.Body.Close()
		}
		if err := errors.Join(err, conn.Close()); err != nil {
			t.Error(err)
		}
	}
}

// TestIngestCaddyfile: what is wrong is told with file and line, and without
// the token.
func TestIngestCaddyfile(t *testing.T) {
	for block, want := range map[string]string{
		"gatebook_ingest Acme":                                            `"Acme"`,
		"gatebook_ingest acme b":                                          "one argument too many",
		"gatebook_ingest {\n\tsecret x\n}":                                "there are: token",
		"gatebook_ingest {\n\ttoken\n}":                                   "token needs a value",
		"gatebook_ingest {\n\ttoken s3cret\n}":                            "at least 16",
		"gatebook_ingest {\n\ttoken a s3cret\n}":                          "without blanks",
		"gatebook_ingest {\n\ttoken " + goodToken + "\n\ttoken s3cret\n}": "token is there already",
	} {
		_, _, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte("http://a {\n"+block+"\n}\n"), map[string]any{"filename": "Caddyfile"})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "Caddyfile:") || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", block, err)
		}
	}
}
