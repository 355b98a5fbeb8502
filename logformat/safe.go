package logformat

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// visible makes characters that steer a terminal, show nothing, or reorder
// what stands around them appear as themselves (Unicode TR 36, section 3.5).
// Bytes that are no UTF-8 are shown as \xNN.
func visible(s string) string {
	if utf8.ValidString(s) && strings.IndexFunc(s, invisible) < 0 {
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

// spreadsheetSafe keeps a cell from being taken for a formula, which its first
// character decides, also after spaces and in full width (OWASP, CSV
// injection). The quote is set by what s was, as a tab is none once it has
// been made visible.
func spreadsheetSafe(s string) string {
	first, _ := utf8.DecodeRuneInString(strings.TrimLeftFunc(s, func(r rune) bool { return unicode.Is(unicode.Zs, r) }))
	if strings.ContainsRune("=+-@\t\r\n＝＋－＠", first) {
		return "'" + visible(s)
	}
	return visible(s)
}

// appendJSONSafe appends a JSON text with its invisible characters escaped,
// which changes nothing of what it says: JSON itself asks that only for the
// first 32, and a terminal obeys others.
func appendJSONSafe(dst, text []byte) []byte {
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		switch {
		case r == utf8.RuneError && size == 1:
			dst = append(dst, `\ufffd`...)
		case invisible(r) && r > 0xFFFF:
			high, low := utf16.EncodeRune(r)
			dst = fmt.Appendf(dst, `\u%04x\u%04x`, high, low)
		case invisible(r):
			dst = fmt.Appendf(dst, `\u%04x`, r)
		default:
			dst = append(dst, text[:size]...)
		}
		text = text[size:]
	}
	return dst
}
