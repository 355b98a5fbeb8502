package display

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/gatebook/gatebook/record/spelling"
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

// VisibleJSON writes a JSON text with letters as themselves, also where it had \u
// escapes for them, and with invisible characters as \u escapes, which changes
// nothing of what it says. Bytes that are no UTF-8 become \ufffd, which is how they
// are read. JSON itself asks for escapes only of the first 32 characters, but a
// terminal obeys others too (U+009B starts a control sequence). Escapes of ASCII
// stay: encoding/json writes <, > and & so. White space between the values is left
// alone. The result may be text itself.
func VisibleJSON(text []byte) []byte {
	return visibleJSON(text, func(r rune) bool { return r >= utf8.RuneSelf })
}

// ReadableJSON is [VisibleJSON] for people: ASCII has no escapes either, except for
// what would end a string. It is not safe inside HTML without being escaped for it.
func ReadableJSON(text []byte) []byte {
	return visibleJSON(text, func(r rune) bool { return r != '"' && r != '\\' })
}

// visibleJSON undoes the escapes of visible characters that letter reports.
func visibleJSON(text []byte, letter func(rune) bool) []byte {
	if utf8.Valid(text) && bytes.IndexFunc(text, invisibleInJSON) < 0 && !bytes.Contains(text, []byte(`\u`)) {
		return text
	}
	out := make([]byte, 0, len(text)+len(text)/8)
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		if r == '\\' {
			size = min(2, len(text)) // a backslash that is escaped begins no escape
			if r, n := spelling.UnicodeEscape(text); n > 0 {
				if letter(r) && !Invisible(r) {
					out = utf8.AppendRune(out, r)
				} else {
					out = append(out, text[:n]...)
				}
				text = text[n:]
				continue
			}
			if size == 2 && text[1] >= utf8.RuneSelf {
				size = 1 // no JSON
			}
		}
		switch {
		case r == utf8.RuneError && size == 1:
			out = append(out, `\ufffd`...)
		case r == '\\' && size == 2 && invisibleInJSON(rune(text[1])): // no JSON
			out = fmt.Appendf(out, `\\u%04x`, text[1])
		case r == '\\' || !invisibleInJSON(r):
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
