package abuse

import (
	"net/netip"
	"strings"
	"time"

	"github.com/gatebook/gatebook/record"
)

// Client is who sends a request, as known before the request is served.
type Client struct {
	// Addr is the address after Caddy's trusted_proxies were applied. The zero Addr
	// means that it is unknown, as for a unix socket: then nothing is limited.
	Addr      netip.Addr
	UserAgent string
	// Session is a hash of the session cookie's value, 0 for none. It counts once a
	// login confirmed it.
	Session uint64
	// Method, Path and Query are those of the request.
	Method, Path, Query string
	// Caused means that another site, or a page without the user's doing, caused the
	// request; see [Request.CrossSite] and [Request.Subresource].
	Caused bool
}

// Request is a request after it was answered.
type Request struct {
	*record.Request
	// Session is a hash of the session cookie's value, 0 for none.
	Session uint64
	// AuthFailed means that credentials were sent and rejected.
	AuthFailed bool
	// Credential is a hash of the credentials that were sent, 0 if it is unknown.
	Credential uint64
	// Token means that an Authorization header without a password was sent: that it is
	// refused is no wrong password, because tokens expire.
	Token bool
	// CrossSite means that another site caused the request; see [CrossSite].
	CrossSite bool
	// Subresource means that a page caused the request without the user's doing, as
	// with a picture.
	Subresource bool
	// Absolute means that the target was a whole URL, as a proxy is asked (RFC 9112,
	// section 3.2.2); Path has only its path.
	Absolute bool
}

// LoginEvent is a login attempt, as the application reports it.
type LoginEvent struct {
	Addr      netip.Addr
	UserAgent string
	// Account is the account that was tried, as the application names it.
	Account string
	Success bool
	// Path is the path of the login form, Method that of the attempt; "" means POST.
	Path, Method string
	// CrossSite means that another site caused the attempt; see [CrossSite].
	CrossSite bool
	// Session is a hash of the session cookie's value, 0 for none. For a failure it
	// is the cookie that the client sent, for a success the one that is set, which
	// is confirmed by the login.
	Session uint64
}

// CrossSite reports whether another site caused a request, as an image on a foreign
// page does, or a sibling domain. It is false if that is unknown.
func CrossSite(secFetchSite, referer, host string) bool {
	if secFetchSite != "" {
		return secFetchSite == "cross-site" || secFetchSite == "same-site"
	}
	if referer == "" || host == "" {
		return false
	}
	_, rest, ok := strings.Cut(referer, "://")
	if !ok {
		return false
	}
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		rest = rest[:end]
	}
	return !strings.EqualFold(hostname(rest), hostname(host))
}

// Subresource reports whether a page caused a request without the user's doing, from
// the request's Sec-Fetch-Dest (https://www.w3.org/TR/fetch-metadata/).
func Subresource(secFetchDest string) bool {
	switch secFetchDest {
	case "audio", "embed", "font", "frame", "iframe", "image", "manifest", "object", "paintworklet", "audioworklet", "report", "script", "style", "track", "video", "xslt":
		return true
	}
	return false // a document, an API call, or unknown
}

// hostname returns a host without its port.
func hostname(host string) string {
	if i := strings.LastIndexByte(host, ':'); i >= 0 && isDigits(host[i+1:]) {
		return host[:i]
	}
	return host
}

// Verdict is the answer of the gate to a request.
type Verdict struct {
	Verdict record.Verdict
	// RetryAfter is after how long the same request would pass, if no other comes.
	RetryAfter time.Duration
	// Rule is the rule that led to it, "" for a person's decision.
	Rule string
}

var pass = Verdict{Verdict: record.VerdictPass}
