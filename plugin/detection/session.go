package detection

import (
	"net/http"
	"strings"

	"github.com/cespare/xxhash/v2"
)

// SessionCookie is the name of the application's session cookie; "" for none.
type SessionCookie string

// Session returns a hash of the cookie in a request's header; 0 for none.
func (c SessionCookie) Session(h http.Header) uint64 {
	if c == "" {
		return 0
	}
	for _, line := range h["Cookie"] {
		for line != "" {
			var pair string
			pair, line, _ = strings.Cut(line, ";")
			if value := c.value(pair); value != "" {
				return sessionHash(value)
			}
		}
	}
	return 0
}

// NewSession returns a hash of the cookie that a response's header sets; 0 for none.
func (c SessionCookie) NewSession(h http.Header) uint64 {
	if c == "" {
		return 0
	}
	for _, line := range h["Set-Cookie"] {
		pair, _, _ := strings.Cut(line, ";")
		if value := c.value(pair); value != "" {
			return sessionHash(value)
		}
	}
	return 0
}

func (c SessionCookie) value(pair string) string {
	name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
	if name != string(c) {
		return ""
	}
	return strings.Trim(value, `"`)
}

// sessionHash is never 0.
func sessionHash(value string) uint64 { return xxhash.Sum64String(value) | 1 }
