package logformat

import (
	"bytes"
	"strings"
)

// The escapes of Apache's logs, in both directions; nginx writes \xHH alone.
const (
	escaped   = `btnvr"\`
	unescaped = "\b\t\n\v\r\"\\"
)

const hexDigits = "0123456789abcdef"

// unescape keeps what is no escape as it is.
func unescape(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			out = append(out, s[i])
			continue
		}
		if n := strings.IndexByte(escaped, s[i+1]); n >= 0 {
			out = append(out, unescaped[n])
			i++
			continue
		}
		if c, ok := hexEscape(s[i+1:]); ok {
			out = append(out, c)
			i += 3
			continue
		}
		out = append(out, '\\')
	}
	return string(out)
}

// hexEscape reads the xHH of \xHH.
func hexEscape(s string) (byte, bool) {
	if len(s) < 3 || s[0] != 'x' {
		return 0, false
	}
	high, low := hexValue(s[1]), hexValue(s[2])
	return byte(high<<4 | low), high >= 0 && low >= 0
}

func hexValue(c byte) int {
	if 'A' <= c && c <= 'F' {
		c |= 0x20
	}
	return strings.IndexByte(hexDigits, c)
}

// appendEscaped writes s as Apache does, in printable ASCII.
func appendEscaped(dst []byte, s string) []byte {
	for i := range len(s) {
		c := s[i]
		if n := bytes.IndexByte([]byte(unescaped), c); n >= 0 {
			dst = append(dst, '\\', escaped[n])
		} else if c < ' ' || c > '~' {
			dst = appendHex(dst, c)
		} else {
			dst = append(dst, c)
		}
	}
	return dst
}

func appendHex(dst []byte, c byte) []byte {
	return append(dst, '\\', 'x', hexDigits[c>>4], hexDigits[c&15])
}
