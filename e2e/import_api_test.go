package e2e

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// importAPI asks the admin endpoint as the command import does.
func (g *gate) importAPI(t *testing.T, method, path, token, body string, header ...string) (status int, answer string) {
	t.Helper()
	req, err := http.NewRequest(method, "http://"+g.admin+"/gatebook/"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/octet-stream")
	// Then the answer comes before a body that is refused.
	req.Header.Set("Expect", "100-continue")
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return do(t, req)
}

const pieceQuery = "acme/import?id=a&from=0&bytes=5&sum="

// The errors of the endpoint for imports.
func TestImportEndpointRefuses(t *testing.T) {
	t.Parallel()
	g := startGate(t, noUpstream(t), setup{})
	g.opened()
	token, sum := g.token(), strings.Repeat("0f", 32)
	for _, c := range []struct {
		method, path, body string
		status             int
		says               string
	}{
		{"GET", "acme/import", "", 400, "id: must be given, once"},
		{"GET", "acme/import?id=a&id=b", "", 400, "id: must be given, once"},
		{"GET", "acme/import?id=", "", 400, "visible ASCII"},
		{"GET", "acme/import?id=%00", "", 400, "visible ASCII"},
		{"GET", "acme/import?id=" + strings.Repeat("a", 129), "", 400, "visible ASCII"},
		{"GET", "acme/import?id=a&limit=1", "", 400, "limit: is not a parameter here"},
		{"GET", "acme/import?id=%zz", "", 400, "cannot be read"},
		{"PUT", "acme/import?id=a", "", 405, "GET"},
		{"GET", "acme/import/seal", "", 405, "POST"},
		{"POST", "acme/import/seal?now=1", "", 400, "now: is not a parameter here"},
		{"POST", "acme/import", "", 400, "id: must be given"},
		{"POST", pieceQuery, "", 400, "sum"},
		{"POST", pieceQuery + "0f", "", 400, "SHA-256"},
		{"POST", pieceQuery + sum + "0f", "", 400, "SHA-256"},
		{"POST", "acme/import?id=a&from=-1&bytes=5&sum=" + sum, "", 400, "from"},
		{"POST", "acme/import?id=a&from=6&bytes=5&sum=" + sum, "", 400, "bytes"},
		{"POST", "acme/import?id=a&from=0&bytes=9223372036854775808&sum=" + sum, "", 400, "bytes"},
		{"POST", pieceQuery + sum, "no requests", 400, "something else than requests"},
		{"POST", "acme/import?id=a&from=3&bytes=5&sum=" + sum, "", 409, "does not follow"},
		{"POST", pieceQuery + sum, strings.Repeat("x", 32<<20+1), 413, "at most 8192 requests and 32 MiB"},
		{"GET", "other/import?id=a", "", 404, "other"},
		{"GET", "acme/import/", "", 404, ""},
	} {
		status, body := g.importAPI(t, c.method, c.path, token, c.body)
		if status != c.status || !strings.Contains(body, c.says) {
			t.Errorf("%s %s: %d %s, want %d %s", c.method, c.path, status, body, c.status, c.says)
		}
		if problem := (struct{ Status int }{}); !strings.HasPrefix(c.path, "other") && (json.Unmarshal([]byte(body), &problem) != nil || problem.Status != c.status) {
			t.Errorf("%s %s: %s is no problem document", c.method, c.path, body)
		}
	}
	if status, body := g.importAPI(t, "POST", pieceQuery+sum, token, "", "Content-Type", "text/plain"); status != 415 {
		t.Errorf("%d %s", status, body)
	}
	if status, body := g.importAPI(t, "GET", "acme/import?id=a", token, ""); status != 200 || body != `{"bytes":0,"sum":""}`+"\n" {
		t.Errorf("%d %s", status, body)
	}
	if n := g.health().ServerLog.Entries; n != 0 {
		t.Errorf("%d requests were stored", n)
	}
}

// Only who has the token can write into the server log, and through the admin
// endpoint alone.
func TestImportEndpointIsClosed(t *testing.T) {
	t.Parallel()
	g := startGate(t, noUpstream(t), setup{})
	g.opened()
	sum := strings.Repeat("0f", 32)
	for _, call := range [][2]string{{"GET", "acme/import?id=a"}, {"POST", pieceQuery + sum}, {"POST", "acme/import/seal"}} {
		for _, token := range []string{"", "wrong", g.token()[1:]} {
			if status, body := g.importAPI(t, call[0], call[1], token, ""); status != 401 {
				t.Errorf("%v with the token %q: %d %s", call, token, status, body)
			}
		}
		path := strings.TrimPrefix(call[1], "acme/")
		for _, door := range []string{"http://" + g.security, "http://" + g.site + "/logs"} {
			for _, prefix := range []string{"/", "/api/v1/", "/api/v1/acme/", "/gatebook/acme/"} {
				address, err := url.Parse(door + prefix + path)
				if err != nil {
					t.Fatal(err)
				}
				req, err := http.NewRequest(call[0], address.String(), nil)
				if err != nil {
					t.Fatal(err)
				}
				user := "sec"
				if strings.HasSuffix(door, "/logs") {
					user = "admin"
				}
				req.SetBasicAuth(user, password)
				if status, body := do(t, req); status != 404 {
					t.Errorf("%s %s: %d %.200s", call[0], address, status, body)
				}
			}
		}
	}
}
