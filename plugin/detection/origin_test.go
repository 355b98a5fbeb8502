package detection

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gatebook/gatebook/record"
)

func TestOriginOf(t *testing.T) {
	for _, c := range []struct {
		name, peer, client string
		trusted            bool
		header             http.Header
		want               Origin
	}{
		{"a client", "192.0.2.1:5000", "192.0.2.1", false, nil, FromClient},
		{"a client behind a trusted proxy", "192.0.2.1:5000", "198.51.100.7", true, nil, FromClient},
		{"a trusted proxy itself", "192.0.2.1:5000", "192.0.2.1", true, nil, FromProxy},
		{"a trusted proxy itself, IPv6", "[2001:db8::1]:5000", "2001:db8::1", true, nil, FromProxy},
		{"a longer address than the peer's", "192.0.2.1:5000", "192.0.2.11", true, nil, FromClient},
		{"an address that the peer's begins with", "192.0.2.11:5000", "192.0.2.1", true, nil, FromClient},
		{"a page of another site", "192.0.2.1:5000", "192.0.2.1", false, http.Header{"Sec-Fetch-Site": {"cross-site"}}, FromOtherSite},
		{"a page of a sibling domain", "192.0.2.1:5000", "192.0.2.1", false, http.Header{"Sec-Fetch-Site": {"same-site"}}, FromOtherSite},
		{"a picture in a page", "192.0.2.1:5000", "192.0.2.1", false, http.Header{"Sec-Fetch-Site": {"same-origin"}, "Sec-Fetch-Dest": {"image"}}, FromPage},
		{"a picture in a page over plain http", "192.0.2.1:5000", "192.0.2.1", false, http.Header{"Accept": {"image/avif,image/webp,*/*;q=0.8"}}, FromPage},
		{"a style in a page over plain http", "192.0.2.1:5000", "192.0.2.1", false, http.Header{"Accept": {"text/css,*/*;q=0.1"}}, FromPage},
		{"a page over plain http", "192.0.2.1:5000", "192.0.2.1", false, http.Header{"Accept": {"text/html,application/xhtml+xml,image/avif,*/*;q=0.8"}}, FromClient},
		{"a picture that somebody opens", "192.0.2.1:5000", "192.0.2.1", false, http.Header{"Accept": {"image/png"}, "Sec-Fetch-Dest": {"document"}}, FromClient},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = c.peer
		for name, values := range c.header {
			r.Header[name] = values
		}
		if got := OriginOf(r, c.client, c.trusted); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

func TestRequestOf(t *testing.T) {
	asked := httptest.NewRequest(http.MethodGet, "/a", nil)
	asked.Header.Set("Authorization", "Basic eDp5")
	got := RequestOf(asked, &record.Request{Status: http.StatusUnauthorized}, 7, FromOtherSite)
	if !got.AuthFailed || got.Session != 7 || !got.CrossSite || got.Absolute {
		t.Errorf("%+v", got)
	}
	asked.Header.Del("Authorization")
	if got := RequestOf(asked, &record.Request{Status: http.StatusUnauthorized}, 0, FromClient); got.AuthFailed || got.CrossSite {
		t.Errorf("without credentials: %+v", got)
	}
}

// Request targets may have any scheme; see [abuse.Request].
func TestIsAbsoluteURI(t *testing.T) {
	for target, want := range map[string]bool{
		"http://a.example/": true, "ftp://a.example/": true, "/a": false, "/?next=http://a.example/": false, "*": false, "a.example:443": false,
	} {
		if got := isAbsoluteURI(target); got != want {
			t.Errorf("%s: %v", target, got)
		}
	}
}
