package spelling

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxRounds is how often Unescape undoes escapes of escapes. A link in a parameter of
// a link has two.
const maxRounds = 3

// Escaped reports whether s may have something that Unescape undoes.
func Escaped(s string) bool {
	return strings.IndexByte(s, '%') >= 0 || strings.Contains(s, `\u`)
}

// Unescape undoes percent-encoding (RFC 3986) and the \u escapes of JSON, also where
// they were applied more than once. What stands for no character stays as it is. The
// result is for comparing, not for showing: it may have control characters.
func Unescape(s string) string {
	for range maxRounds {
		if !Escaped(s) {
			break
		}
		plain := unescapeOnce(s)
		if plain == s {
			break
		}
		s = plain
	}
	return s
}

func unescapeOnce(s string) string {
	out := make([]byte, 0, len(s))
	for len(s) > 0 {
		r, size := rune(0), 0
		switch s[0] {
		case '%':
			r, size = percentRune(s)
		case '\\':
			r, size = UnicodeEscape(s)
		}
		if size > 0 {
			out = utf8.AppendRune(out, r)
			s = s[size:]
			continue
		}
		next := 1 + strings.IndexAny(s[1:], `%\`)
		if next == 0 {
			next = len(s)
		}
		out = append(out, s[:next]...)
		s = s[next:]
	}
	return string(out)
}

// percentRune reads the percent-encoded bytes of one character in UTF-8. Size is 0
// where there is none.
func percentRune(s string) (r rune, size int) {
	var bytes [utf8.UTFMax]byte
	for n := range bytes {
		if len(s) < 3*n+3 || s[3*n] != '%' {
			return 0, 0
		}
		v, err := strconv.ParseUint(s[3*n+1:3*n+3], 16, 8)
		if err != nil {
			return 0, 0
		}
		bytes[n] = byte(v)
		if r, size := utf8.DecodeRune(bytes[:n+1]); r != utf8.RuneError || size == 3 {
			return r, 3 * (n + 1)
		}
	}
	return 0, 0
}

// UnicodeEscape reads a character that is written as \u00fc at the begin of s, or as
// two of these if it is beyond U+FFFF. Size is 0 where there is none, as for half of
// a pair.
func UnicodeEscape[T string | []byte](s T) (r rune, size int) {
	const single, pair = len(`\u0000`), len(`\u0000\u0000`)
	first, ok := escapedUnit(s)
	switch {
	case !ok:
		return 0, 0
	case !utf16.IsSurrogate(first):
		return first, single
	}
	if second, ok := escapedUnit(s[single:]); ok {
		if r := utf16.DecodeRune(first, second); r != utf8.RuneError {
			return r, pair
		}
	}
	return 0, 0
}

func escapedUnit[T string | []byte](s T) (unit rune, ok bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	for i := 2; i < 6; i++ {
		c := rune(s[i])
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c += 10 - 'a'
		case 'A' <= c && c <= 'F':
			c += 10 - 'A'
		default:
			return 0, false
		}
		unit = unit<<4 | c
	}
	return unit, true
}
