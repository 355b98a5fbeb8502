package display

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Visible makes what [Invisible] reports appear as itself: a line break as ↵,
// a tab as ⇥, others as [U+202E]. A log must not look other than it is, nor
// steer the terminal that shows it (Unicode TR 36, section 3.5). Bytes that
// are no UTF-8 are shown as \xNN. What is visible stays as it is.
func Visible(s string) string {
	if utf8.ValidString(s) && strings.IndexFunc(s, Invisible) < 0 {
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
		case Invisible(r):
			fmt.Fprintf(&out, "[U+%04X]", r)
		default:
			out.WriteRune(r)
		}
		s = s[size:]
	}
	return out.String()
}

// Invisible reports whether r steers a terminal, shows nothing, or reorders
// what stands around it. It spares the joiners, without which Persian and some
// emoji are misspelt.
func Invisible(r rune) bool {
	const nonJoiner, joiner = '\u200c', '\u200d'
	return r != nonJoiner && r != joiner &&
		(unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp))
}

// VisibleJSON writes the invisible characters of a JSON text as \u escapes,
// which changes nothing of what it says, and bytes that are no UTF-8 as
// \ufffd, which is how they are read. JSON itself asks for escapes only of the
// first 32 characters, but a terminal obeys others too (U+009B starts a
// control sequence). White space between the values is left alone. The result
// may be text itself.
func VisibleJSON(text []byte) []byte {
	if utf8.Valid(text) && bytes.IndexFunc(text, invisibleInJSON) < 0 {
		return text
	}
	out := make([]byte, 0, len(text)+len(text)/8)
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		switch {
		case r == utf8.RuneError && size == 1:
			out = append(out, `\ufffd`...)
		case !invisibleInJSON(r):
			out = append(out, text[:size]...)
		case r > 0xFFFF: // RFC 8259, section 7
			high, low := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		text = text[size:]
	}
	return out
}

// invisibleInJSON spares the white space of RFC 8259, section 2, which cannot
// stand in strings.
func invisibleInJSON(r rune) bool {
	return r != '\t' && r != '\n' && r != '\r' && Invisible(r)
}
