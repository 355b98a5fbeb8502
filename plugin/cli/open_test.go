package cli

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/gatebook/gatebook/plugin/cli/gate"
	"github.com/gatebook/gatebook/plugin/cli/importer"
	"github.com/gatebook/gatebook/plugin/cli/logfile/logfiletest"
)

// shown calls look with the address of a console that shows files, ends it, and returns
// what the command printed. The temporary directory has to be empty then.
func shown(t *testing.T, look func(address string), files ...string) (out, errs string, err error) {
	t.Helper()
	t.Setenv("TMPDIR", t.TempDir())
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	listen, err := gate.LoopbackAddress(ctx, "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	r, w := io.Pipe()
	var e bytes.Buffer
	im := &importer.Importer{Out: io.Discard, Unreadable: &e}
	done := make(chan error, 1)
	go func() {
		done <- openLogs(ctx, im, files, &gate.View{Instance: viewInstance, Secret: "hidden", Listen: listen}, w)
		w.Close()
	}()
	var text strings.Builder
	buf := make([]byte, 4096)
	for !strings.Contains(text.String(), "Ctrl-C") {
		n, readErr := r.Read(buf)
		if text.Write(buf[:n]); readErr != nil {
			break
		}
	}
	if strings.Contains(text.String(), "Ctrl-C") {
		look("http://" + listen + "/hidden/")
	}
	stop()
	_, _ = io.Copy(io.Discard, r)
	err = <-done
	if left, readErr := os.ReadDir(os.TempDir()); readErr != nil || len(left) > 0 {
		t.Errorf("%v is left, %v", left, readErr)
	}
	return text.String(), e.String(), err
}

// A log is shown from its first to its last request, and nothing can be changed.
func TestOpen(t *testing.T) {
	ask := func(method, address, body string) (int, string) {
		req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, string(text)
	}
	good, odd := logfiletest.Write(t, "", logfiletest.Lines(0, 300)), logfiletest.Write(t, "", "what\nis this\n")
	out, errs, err := shown(t, func(address string) {
		for path, want := range map[string]string{"": "300 requests", "overview": "300 requests", "requests": "/299", "api/v1/requests?path=/7": `"ip":"203.0.113.7"`} {
			if status, body := ask("GET", address+path, ""); status != http.StatusOK || !strings.Contains(body, want) {
				t.Errorf("GET %s: %d, without %q", path, status, want)
			}
		}
		for _, method := range []string{"POST", "PUT", "DELETE"} {
			for _, path := range []string{"api/v1/decisions", "decide", "api/v1/learned", ""} {
				if status, body := ask(method, address+path, `{"subject":"203.0.113.7","decision":"ban"}`); status != http.StatusMethodNotAllowed {
					t.Errorf("%s %s: %d %s", method, path, status, body)
				}
			}
		}
		root := strings.TrimSuffix(address, "hidden/")
		for _, path := range []string{"", "overview", "hidde/overview", "api/v1/requests"} {
			if status, body := ask("GET", root+path, ""); status != http.StatusNotFound || strings.Contains(body, "203.0.113.7") {
				t.Errorf("%s without the secret: %d %s", path, status, body)
			}
		}
	}, odd, good)
	if !strings.Contains(out, "300 requests, 2015-05-17 10:05:00 to 2015-05-17 10:09:59") {
		t.Errorf("%s", out)
	}
	if err == nil || err.Error() != "1 of 2 files could not be imported: "+odd || !strings.Contains(errs, "the first lines of "+odd) {
		t.Errorf("%s %v", errs, err)
	}
}

// Where there is nothing to show, the command ends at once and leaves nothing.
func TestOpenOfNothing(t *testing.T) {
	for text, want := range map[string]string{
		"":                "there is no request in these files",
		"what\nis this\n": "the first lines of ",
	} {
		_, _, err := shown(t, func(address string) { t.Errorf("%s is served", address) }, logfiletest.Write(t, "", text))
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestOpenListensOnThisMachineOnly(t *testing.T) {
	for _, listen := range []string{":8095", "0.0.0.0:0", "192.0.2.1:8095", "example.com:80", "127.0.0.1", "[::]:0", "127.0.0.1:99999"} {
		if address, err := gate.LoopbackAddress(t.Context(), listen); err == nil || !strings.Contains(err.Error(), "--listen") {
			t.Errorf("%s: %s %v", listen, address, err)
		}
	}
}
