package appevent

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// string steps over the string at pos.
func (w *walker) string() bool {
	w.pos++
	for w.pos < len(w.text) {
		switch c := w.text[w.pos]; {
		case c == '"':
			w.pos++
			return true
		case c == '\\':
			if !w.escape() {
				return false
			}
		case c < ' ':
			return w.fail("a control character stands inside a string")
		case c < utf8.RuneSelf:
			w.pos++
		default:
			r, size := utf8.DecodeRuneInString(w.text[w.pos:])
			if size == 1 {
				return w.fail("a string is not valid UTF-8")
			}
			if isNoncharacter(r) {
				return w.fail("a string has a code point that is no character")
			}
			w.pos += size
		}
	}
	return w.fail("")
}

// escape steps over the escape sequence at pos, both halves of a surrogate
// pair included.
func (w *walker) escape() bool {
	start := w.pos
	w.pos++
	if w.pos >= len(w.text) {
		return w.fail("")
	}
	if strings.IndexByte(`"\/bfnrt`, w.text[w.pos]) >= 0 {
		w.pos++
		return true
	}
	r, ok := w.hex()
	if !ok {
		return false
	}
	if utf16.IsSurrogate(r) {
		low := rune(0)
		if strings.HasPrefix(w.text[w.pos:], `\u`) {
			w.pos++
			if low, ok = w.hex(); !ok {
				return false
			}
		}
		if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
			w.pos = start
			return w.fail("a string has half a surrogate pair")
		}
	}
	if isNoncharacter(r) {
		w.pos = start
		return w.fail("a string has a code point that is no character")
	}
	return true
}

// hex reads the uXXXX of an escape sequence.
func (w *walker) hex() (r rune, ok bool) {
	if !w.next('u') {
		return 0, w.fail("an escape sequence is unknown")
	}
	for range 4 {
		if w.pos >= len(w.text) || hexDigit(w.text[w.pos]) < 0 {
			return 0, w.fail("an escape sequence is unknown")
		}
		r = r<<4 | rune(hexDigit(w.text[w.pos]))
		w.pos++
	}
	return r, true
}

// unquote decodes a string that a walker has checked.
func unquote(raw string) string {
	raw = raw[1 : len(raw)-1]
	i := strings.IndexByte(raw, '\\')
	if i < 0 {
		return raw
	}
	out := make([]byte, 0, len(raw))
	for ; i >= 0; i = strings.IndexByte(raw, '\\') {
		out = append(out, raw[:i]...)
		c := raw[i+1]
		raw = raw[i+2:]
		if c == 'u' {
			r := hexRune(raw)
			raw = raw[4:]
			if utf16.IsSurrogate(r) {
				r = utf16.DecodeRune(r, hexRune(raw[2:]))
				raw = raw[6:]
			}
			out = utf8.AppendRune(out, r)
		} else if n := strings.IndexByte("bfnrt", c); n >= 0 {
			out = append(out, "\b\f\n\r\t"[n])
		} else {
			out = append(out, c)
		}
	}
	return string(append(out, raw...))
}

func hexRune(s string) (r rune) {
	for i := range 4 {
		r = r<<4 | rune(hexDigit(s[i]))
	}
	return r
}

func hexDigit(c byte) int {
	switch {
	case isDigit(c):
		return int(c - '0')
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}

// isNoncharacter reports whether Unicode reserves r for never being exchanged.
func isNoncharacter(r rune) bool {
	return r&0xFFFE == 0xFFFE || 0xFDD0 <= r && r <= 0xFDEF
}
