package detection

import (
	"net/http"
	"testing"
)

func TestSession(t *testing.T) {
	want := sessionHash("s3cret")
	for _, c := range []struct {
		cookie SessionCookie
		header string
		want   uint64
	}{
		{"", "sid=s3cret", 0},
		{"sid", "sid=s3cret", want},
		{"sid", `lang=de; sid="s3cret"; x=y`, want},
		{"sid", "sid=; other=s3cret", 0},
		{"sid", "sid", 0},
		{"sid", "xsid=s3cret", 0},
		{"sid", "SID=s3cret", 0}, // names are case-sensitive
	} {
		if got := c.cookie.Session(http.Header{"Cookie": {"first=line", c.header}}); got != c.want {
			t.Errorf("%q in %q: %d, want %d", c.cookie, c.header, got, c.want)
		}
	}
}

func TestNewSession(t *testing.T) {
	want := sessionHash("s3cret")
	for _, c := range []struct {
		cookie SessionCookie
		header string
		want   uint64
	}{
		{"", "sid=s3cret", 0},
		{"sid", "sid=s3cret; Path=/; HttpOnly", want},
		{"sid", "other=1; sid=s3cret", 0}, // an attribute, not a cookie
		{"sid", "sid=; Max-Age=0", 0},
	} {
		if got := c.cookie.NewSession(http.Header{"Set-Cookie": {"first=line", c.header}}); got != c.want {
			t.Errorf("%q in %q: %d, want %d", c.cookie, c.header, got, c.want)
		}
	}
}
