package console

import (
	"fmt"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// visible makes characters that show nothing, or that reorder what stands
// around them, appear as themselves: a log must not look other than it is
// (Unicode TR 36, section 3.5). Bytes that are no UTF-8 are shown as \xNN.
func visible(s string) string {
	if strings.IndexFunc(s, invisible) < 0 && utf8.ValidString(s) {
		return s
	}
	var out strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&out, `\x%02X`, s[0])
		case r == '\n':
			out.WriteRune('↵')
		case r == '\t':
			out.WriteRune('⇥')
		case invisible(r):
			fmt.Fprintf(&out, "[U+%04X]", r)
		default:
			out.WriteRune(r)
		}
		s = s[size:]
	}
	return out.String()
}

// invisible spares the joiners, without which Persian and some emoji are
// misspelt.
func invisible(r rune) bool {
	const nonJoiner, joiner = '\u200c', '\u200d'
	return r != nonJoiner && r != joiner &&
		(unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp))
}

// safeHref returns href if following it stays on this site or on the web, and
// "" otherwise. Browsers drop tabs and line breaks from addresses and read
// "\" as "/", so that "/\t/host" would leave the site.
func safeHref(href string) string {
	if strings.ContainsFunc(href, func(r rune) bool { return r <= ' ' || r == '\\' || invisible(r) }) {
		return ""
	}
	u, err := url.Parse(href)
	if err != nil {
		return ""
	}
	local := u.Scheme == "" && strings.HasPrefix(href, "/") && !strings.HasPrefix(href, "//")
	web := (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
	if !local && !web {
		return ""
	}
	return href
}

// words makes a heading of a name: "booking.created" is "Booking created".
func words(name string) string {
	s := strings.Join(strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune("._:-", r) }), " ")
	if s == "" {
		return name
	}
	first, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[size:]
}

// volume writes a number of bytes for people, in decimal units.
func volume(n int64) string {
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	size, unit := float64(n)/1000, 0
	for size >= 999.5 && unit < len(volumeUnits)-1 {
		size, unit = size/1000, unit+1
	}
	if size < 9.95 {
		return fmt.Sprintf("%.1f %s", size, volumeUnits[unit])
	}
	return fmt.Sprintf("%.0f %s", size, volumeUnits[unit])
}

var volumeUnits = []string{"kB", "MB", "GB", "TB"}

// count writes n with its noun in the right number.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
