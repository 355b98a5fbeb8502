package e2e

import (
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// secretEvent is what nobody may read who was not let in.
const secretEvent = `{"id":"secret-1","category":"booking","type":"booking.created","text":"` + canary + ` booked a desk"}`

// nosyApplication tells an event, and asks whatever its own clients want it to
// ask, with their method and their header: an application with a hole through
// which requests can be forged.
func nosyApplication(w http.ResponseWriter, r *http.Request) {
	target := r.URL.Query().Get("ask")
	if target == "" {
		w.Header().Set("X-App-Event", secretEvent)
		w.Header().Set("X-App-Error", `{"message":"`+canary+`"}`)
		_, _ = io.WriteString(w, "booked")
		return
	}
	req, err := http.NewRequest(r.Method, target, nil)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	for name, values := range r.Header {
		if rest, ok := strings.CutPrefix(name, "Forward-"); ok {
			req.Header[rest] = values
		}
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer res.Body.Close()
	w.WriteHeader(res.StatusCode)
	_, _ = io.Copy(w, res.Body)
}

// askThrough has the application ask the admin endpoint.
func (g *gate) askThrough(t *testing.T, method, path string, header map[string]string) (status int, body string) {
	t.Helper()
	req, err := http.NewRequest(method, "http://"+g.site+"/?ask="+escaped("http://"+g.admin+path), nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range header {
		req.Header.Set("Forward-"+name, value)
	}
	return do(t, req)
}

func escaped(s string) string {
	return strings.NewReplacer("%", "%25", "?", "%3F", "&", "%26", "#", "%23", "+", "%2B").Replace(s)
}

// The fronted application cannot read the books through the admin endpoint:
// all but the status requires the token, which is never shown.
func TestAdminRefusesTheApplication(t *testing.T) {
	t.Parallel()
	g := startGate(t, application(t, nosyApplication), setup{noConsoles: true})
	g.opened()
	g.get("/desks/" + canary)
	eventually(t, "the request is in the log", func() bool { return g.health().ServerLog.Entries > 0 })
	token := g.token()
	secret := func(t *testing.T, body string) {
		t.Helper()
		for _, s := range []string{canary, "secret-1", token, "127.0.0.1\"", "/desks"} {
			if strings.Contains(body, s) {
				t.Errorf("%q was told: %s", s, body)
			}
		}
	}

	t.Run("status", func(t *testing.T) {
		status, body := g.askThrough(t, "GET", "/gatebook/", nil)
		if status != http.StatusOK || !strings.Contains(body, `"acme"`) || !strings.Contains(body, "admin.token") {
			t.Errorf("%d %s", status, body)
		}
		secret(t, body)
		for _, method := range []string{"POST", "PUT", "DELETE", "PATCH"} {
			if status, body := g.askThrough(t, method, "/gatebook/", nil); status != http.StatusMethodNotAllowed {
				t.Errorf("%s: %d %s", method, status, body)
			}
		}
	})

	paths := []string{
		"acme/events", "acme/events/1", "acme/events.csv", "acme/events.ndjson", "acme/requests", "acme/requests.csv",
		"acme/requests.ndjson", "acme/requests/summary", "acme/errors", "acme/health", "acme/check", "acme/settings", "acme/settings?dry_run=true", "acme/settings/pending", "acme/retention/run", "acme/retention/run?dry_run=true", "acme/", "acme", "acme/nothing", "other/events", "nothing",
		"acme/events?limit=1", "acme/%65vents", "acme//events", "./acme/events", "x/../acme/events", "/acme/events",
	}
	wrong := strings.Repeat("A", len(token))
	basic := base64.StdEncoding.EncodeToString([]byte("admin:" + token))
	places := map[string]map[string]string{
		"no token":         nil,
		"wrong token":      {"Authorization": "Bearer " + wrong},
		"half a token":     {"Authorization": "Bearer " + token[:len(token)-1]},
		"more than token":  {"Authorization": "Bearer " + token + "A"},
		"empty token":      {"Authorization": "Bearer "},
		"no scheme":        {"Authorization": token},
		"basic":            {"Authorization": "Basic " + basic},
		"digest":           {"Authorization": "Digest " + token},
		"other header":     {"X-Token": token, "X-Api-Key": token, "Proxy-Authorization": "Bearer " + token},
		"cookie":           {"Cookie": "token=" + token + "; Authorization=Bearer " + token},
		"forwarded header": {"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Host": "localhost"},
	}
	for place, header := range places {
		t.Run(place, func(t *testing.T) {
			for _, path := range paths {
				for _, method := range []string{"GET", "HEAD", "POST", "PUT", "DELETE"} {
					status, body := g.askThrough(t, method, "/gatebook/"+path, header)
					// The mux cleans a path by a redirect to the clean one,
					// and the admin endpoint itself refuses some requests.
					if !slices.Contains([]int{http.StatusUnauthorized, http.StatusForbidden, http.StatusMovedPermanently, http.StatusTemporaryRedirect, http.StatusPermanentRedirect}, status) {
						t.Errorf("%s %s: %d %s", method, path, status, body)
					}
					secret(t, body)
				}
			}
		})
	}
	t.Run("token in the query", func(t *testing.T) {
		for _, query := range []string{"token=", "access_token=", "authorization=Bearer "} {
			status, body := g.askThrough(t, "GET", "/gatebook/acme/events?"+strings.ReplaceAll(query, " ", "%20")+token, nil)
			if status != http.StatusUnauthorized {
				t.Errorf("%s: %d %s", query, status, body)
			}
			secret(t, strings.ReplaceAll(body, query+token, ""))
		}
	})
	t.Run("with the token", func(t *testing.T) {
		header := map[string]string{"Authorization": "Bearer " + token}
		for _, path := range []string{"acme/events", "acme/events.csv", "acme/requests.ndjson", "acme/requests/summary", "acme/errors"} {
			if status, body := g.askThrough(t, "GET", "/gatebook/"+path, header); status != http.StatusOK || !strings.Contains(body, canary) {
				t.Errorf("%s: %d %s", path, status, body)
			}
		}
		for _, method := range []string{"POST", "PUT", "DELETE", "PATCH"} {
			if status, body := g.askThrough(t, method, "/gatebook/acme/events", header); status != http.StatusMethodNotAllowed {
				t.Errorf("%s: %d %s", method, status, body)
			}
		}
		for _, path := range []string{"other/events", "acme/nothing"} {
			if status, body := g.askThrough(t, "GET", "/gatebook/"+path, header); status != http.StatusNotFound {
				t.Errorf("%s: %d %s", path, status, body)
			}
		}
	})
}

// The token's file is its owner's alone and survives a restart; one that
// others can read is refused.
func TestTokenFile(t *testing.T) {
	t.Parallel()
	g := startGate(t, application(t, nosyApplication), setup{noConsoles: true})
	g.opened()
	path, token := filepath.Join(g.data, "admin.token"), g.token()
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v, %v", info, err)
	}
	if len(token) < 20 {
		t.Errorf("the token %q can be guessed", token)
	}
	g.stop()
	g.start()
	g.opened()
	if again := g.token(); again != token {
		t.Errorf("after a restart the token is %q, was %q", again, token)
	}
	g.ask("stats")
	g.stop()

	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if stderr := g.refusesToStart(); !strings.Contains(stderr, path+" can be read by others (mode 644)") || !strings.Contains(stderr, "delete it") {
		t.Errorf("the refusal is %s", stderr)
	}
	for _, short := range []string{"", "short\n"} {
		if err := errors.Join(os.WriteFile(path, []byte(short), 0o600), os.Chmod(path, 0o600)); err != nil {
			t.Fatal(err)
		}
		if stderr := g.refusesToStart(); !strings.Contains(stderr, path+" holds no token; delete it") {
			t.Errorf("the refusal is %s", stderr)
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	g.start()
	g.opened()
	if again := g.token(); again == token {
		t.Error("a token that was deleted came back")
	}
	g.ask("stats")
}
