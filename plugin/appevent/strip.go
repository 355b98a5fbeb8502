package appevent

import (
	"net/http"
	"strings"
)

// The headers, in the spelling that Go keeps them in.
const (
	EventHeader = "X-App-Event"
	ErrorHeader = "X-App-Error"
)

// Headers that name other headers.
const (
	trailerHeader = "Trailer"
	exposeHeader  = "Access-Control-Expose-Headers"
	allowHeader   = "Access-Control-Allow-Headers"
	varyHeader    = "Vary"
)

// Take removes both headers from a response header in place and returns their
// values. It removes their names from the headers that name others (Trailer,
// Vary and those of CORS), too. Where there is nothing to remove it allocates
// nothing.
func Take(h http.Header) (events, failures []string) {
	return take(h, "")
}

// TakeTrailers does the same for what a handler put into the map after the
// header was sent, under a plain key or under one with [http.TrailerPrefix].
func TakeTrailers(h http.Header) (events, failures []string) {
	return take(h, http.TrailerPrefix)
}

// StripRequest removes a client's own copies from a request header. A server
// has canonical keys only; a request's trailers come in a map of their own.
func StripRequest(h http.Header) {
	delete(h, EventHeader)
	delete(h, ErrorHeader)
}

// take goes through all keys rather than looking up four, because net/http
// sends what a handler put into the map in any spelling, and its client lets a
// blank before the colon stand in the key (RFC 9112, section 5.1, wants it
// gone), which HTTP/3 sends on. For a dozen headers that takes 0.1 µs more.
func take(h http.Header, prefix string) (events, failures []string) {
	for key, lines := range h {
		switch name := strings.TrimRight(strings.TrimPrefix(key, prefix), " "); len(name) {
		case len(EventHeader): // also that of ErrorHeader
			if strings.EqualFold(name, EventHeader) {
				events = append(events, lines...)
				delete(h, key)
			} else if strings.EqualFold(name, ErrorHeader) {
				failures = append(failures, lines...)
				delete(h, key)
			}
		case len(trailerHeader), len(exposeHeader), len(varyHeader), len(allowHeader):
			if strings.EqualFold(name, trailerHeader) || strings.EqualFold(name, exposeHeader) ||
				strings.EqualFold(name, varyHeader) || strings.EqualFold(name, allowHeader) {
				hideNames(h, key, lines)
			}
		}
	}
	return events, failures
}

// hideNames removes the names of both headers from the lists of names in
// lines, which h has under key. The lines may be shared between responses and
// are not written to.
func hideNames(h http.Header, key string, lines []string) {
	var kept []string
	hidden := false
	for i, line := range lines {
		rest, found := withoutNames(line)
		if found && !hidden {
			hidden = true
			kept = append(kept, lines[:i]...)
		}
		if hidden && strings.Trim(rest, " \t,") != "" {
			kept = append(kept, rest)
		}
	}
	if hidden && len(kept) == 0 {
		delete(h, key)
	} else if hidden {
		h[key] = kept
	}
}

// withoutNames removes the names of both headers from a list of names, and
// reports whether they were there.
func withoutNames(list string) (rest string, found bool) {
	if len(list) < len(EventHeader) {
		return list, false
	}
	for pos := 0; pos < len(list); {
		end := len(list)
		if i := strings.IndexByte(list[pos:], ','); i >= 0 {
			end = pos + i
		}
		name := strings.Trim(list[pos:end], " \t")
		if !strings.EqualFold(name, EventHeader) && !strings.EqualFold(name, ErrorHeader) {
			pos = end + 1
			continue
		}
		found = true
		if end < len(list) {
			list = list[:pos] + list[end+1:]
		} else {
			list = strings.TrimSuffix(list[:pos], ",")
		}
	}
	return strings.Trim(list, " \t"), found
}
