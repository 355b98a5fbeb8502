package appevent

import "strings"

// ownHref reports whether a link stays on the site: a path, or an address of
// host itself. It looks at the text as a browser does, which reads a backslash
// as a slash and drops tabs and line breaks anywhere (WHATWG URL, section 4.4),
// so that neither may be in it.
func ownHref(href, host string) bool {
	for i := range len(href) {
		if c := href[i]; c < ' ' || c == 0x7F || c == '\\' {
			return false
		}
	}
	if strings.HasPrefix(href, "/") {
		return !strings.HasPrefix(href, "//")
	}
	rest, ok := cutScheme(href)
	if !ok || host == "" || len(rest) < len(host) || !strings.EqualFold(rest[:len(host)], host) {
		return false
	}
	// Whatever else follows would still belong to the host's name, its port
	// or a user's.
	rest = rest[len(host):]
	return rest == "" || strings.IndexByte("/?#", rest[0]) >= 0
}

func cutScheme(href string) (rest string, ok bool) {
	for _, scheme := range [...]string{"https://", "http://"} {
		if len(href) >= len(scheme) && strings.EqualFold(href[:len(scheme)], scheme) {
			return href[len(scheme):], true
		}
	}
	return "", false
}
