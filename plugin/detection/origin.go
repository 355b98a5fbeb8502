package detection

import (
	"net/http"
	"strings"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/record"
)

// Origin is who caused a request.
type Origin uint8

// The origins of requests.
const (
	FromClient    Origin = iota
	FromOtherSite        // a page of another site
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
	}
	return FromClient
}

// isPeer reports whether client is the peer of the connection. A trusted proxy
// whose own address is the client's named no other client.
func isPeer(r *http.Request, client string) bool {
	rest, own := strings.CutPrefix(strings.TrimPrefix(r.RemoteAddr, "["), client)
	return own && strings.HasPrefix(strings.TrimPrefix(rest, "]"), ":")
}

// RequestOf returns what the detector needs of a finished request. asked is the
// request as the server received it.
func RequestOf(asked *http.Request, r *record.Request, session uint64, origin Origin) abuse.Request {
	return abuse.Request{
		Request:    r,
		Session:    session,
		AuthFailed: r.Status == http.StatusUnauthorized && len(asked.Header["Authorization"]) > 0,
		Absolute:   isAbsoluteURI(asked.RequestURI),
		CrossSite:  origin == FromOtherSite,
	}
}

// isAbsoluteURI reports whether a request target is an absolute URI of any scheme,
// as clients send it to a proxy.
func isAbsoluteURI(target string) bool { return strings.Contains(target, "://") && target[0] != '/' }
