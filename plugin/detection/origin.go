package detection

import (
	"net/http"
	"strings"

	"github.com/cespare/xxhash/v2"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/record"
)

// Origin is who caused a request.
type Origin uint8

// The origins of requests.
const (
	FromClient    Origin = iota
	FromOtherSite        // a page of another site, or of a sibling domain
	FromPage             // a page, without the user's doing, as with a picture
	FromProxy            // a trusted proxy, on its own behalf
)

// OriginOf returns the origin of r. client is the client's address as the server
// determined it; trusted says that r came from a trusted proxy.
func OriginOf(r *http.Request, client string, trusted bool) Origin {
	switch {
	case trusted && isPeer(r, client):
		return FromProxy
	case abuse.CrossSite(r.Header.Get("Sec-Fetch-Site"), r.Referer(), r.Host):
		return FromOtherSite
	case abuse.Subresource(r.Header.Get("Sec-Fetch-Dest")), wantsPicture(r.Header):
		return FromPage
	}
	return FromClient
}

// wantsPicture reports whether a browser asks for a picture or a style of a page to
// which it sends no Sec-Fetch headers, as it does over plain http. It then shows by
// Accept what it wants.
func wantsPicture(h http.Header) bool {
	accept := h.Get("Accept")
	return (strings.HasPrefix(accept, "image/") || strings.HasPrefix(accept, "text/css,")) && h.Get("Sec-Fetch-Dest") == ""
}

// Caused reports whether the client did not make the request of its own accord.
func (o Origin) Caused() bool { return o == FromOtherSite || o == FromPage }

// isPeer reports whether client is the peer of the connection. A trusted proxy
// whose own address is the client's named no other client.
func isPeer(r *http.Request, client string) bool {
	rest, own := strings.CutPrefix(strings.TrimPrefix(r.RemoteAddr, "["), client)
	return own && strings.HasPrefix(strings.TrimPrefix(rest, "]"), ":")
}

// RequestOf returns what the detector needs of a finished request. asked is the
// request as the server received it.
func RequestOf(asked *http.Request, r *record.Request, session uint64, origin Origin) abuse.Request {
	credential, token := credentialOf(asked)
	return abuse.Request{
		Request:     r,
		Session:     session,
		AuthFailed:  r.Status == http.StatusUnauthorized && credential != 0,
		Credential:  credential,
		Token:       token,
		Absolute:    isAbsoluteURI(asked.RequestURI),
		CrossSite:   origin == FromOtherSite,
		Subresource: origin == FromPage,
	}
}

// credentialOf returns a hash of the password that a request has, 0 for none, or else
// whether it has a token. Tokens and challenges of other schemes expire or are renewed:
// refused ones are no guess.
func credentialOf(asked *http.Request) (password uint64, token bool) {
	for _, line := range asked.Header["Authorization"] {
		scheme, value, ok := strings.Cut(line, " ")
		if ok && strings.EqualFold(scheme, "Basic") && value != "" {
			return xxhash.Sum64String(value) | 1, false
		}
		token = token || line != ""
	}
	return 0, token
}

// isAbsoluteURI reports whether a request target is an absolute URI of any scheme,
// as clients send it to a proxy.
func isAbsoluteURI(target string) bool { return strings.Contains(target, "://") && target[0] != '/' }
