package pattern

import (
	"bytes"
	"sync"
)

// The bytes at the beginning and the end of a normalized text. They do not occur
// inside it.
const (
	textBegins byte = 1
	textEnds   byte = 2
)

// Normalizer brings texts into the form that patterns are written in. Its buffer
// is reused, so that this allocates nothing.
type Normalizer struct{ buf []byte }

var normalizers = sync.Pool{New: func() any { return &Normalizer{buf: make([]byte, 0, 1024)} }}

// NewNormalizer returns a normalizer, which the caller releases.
func NewNormalizer() *Normalizer { return normalizers.Get().(*Normalizer) }

// Release makes the normalizer available to others.
func (n *Normalizer) Release() { normalizers.Put(n) }

// URI returns path and query as [Matcher.Find] wants them, and the place where the
// query begins. The result is valid until the next call.
func (n *Normalizer) URI(path, query string) (text []byte, queryAt int) {
	b := append(n.buf[:0], textBegins)
	b = appendDecoded(b, path, false)
	queryAt = len(b)
	b = append(b, textEnds)
	if query != "" {
		b = appendDecoded(b, query, true)
		b = append(b, textEnds)
	}
	n.buf = b
	return b, queryAt
}

// Form returns the canonical spelling of a path. Servers take several spellings
// for the same path: with a trailing slash, a doubled slash, capitals, parameters after
// a semicolon, blanks, control characters and dots at the end, or what is handed to a
// script. The result is valid until the next call.
func (n *Normalizer) Form(path string) []byte {
	text, _ := n.URI(path, "")
	short := text[:0]
	for _, c := range text {
		if c == ';' {
			break
		}
		if c != '/' || len(short) == 0 || short[len(short)-1] != '/' {
			short = append(short, c)
		}
	}
	if i := bytes.Index(short, []byte(".php/")); i >= 0 {
		short = short[:i+len(".php")]
	}
	return bytes.TrimRight(short, "/. "+string(textEnds))
}

// UserAgent returns a user agent as [Matcher.Find] wants it. The result is valid
// until the next call.
func (n *Normalizer) UserAgent(agent string) []byte {
	b := append(n.buf[:0], textBegins)
	for i := range len(agent) {
		b = append(b, plain[agent[i]])
	}
	n.buf = append(b, textEnds)
	return n.buf
}

// plain brings bytes into lower case, and control characters to a space, so that tabs
// and line breaks hide nothing.
var plain = func() (t [256]byte) {
	for i := range t {
		switch {
		case i < ' ' || i == 0x7f:
			t[i] = ' '
		case 'A' <= i && i <= 'Z':
			t[i] = byte(i) | 0x20
		default:
			t[i] = byte(i)
		}
	}
	return t
}()

// appendDecoded appends text with its % escapes decoded up to three times, because
// attackers encode them more than once.
func appendDecoded(b []byte, text string, query bool) []byte {
	start, escapes := len(b), false
	for i := range len(text) {
		c := text[i]
		switch {
		case c == '+' && query:
			c = ' '
		case c == '%' || c >= 0xc0:
			escapes = true
		}
		b = append(b, plain[c])
	}
	for range 3 {
		if !escapes {
			return b
		}
		b, escapes = decodeOnce(b, start)
	}
	return b
}

// decodeOnce decodes b from start on, in place, and reports whether anything
// changed. Overlong UTF-8 (0xc0 0xaf for a slash) is decoded as careless servers do.
func decodeOnce(b []byte, start int) ([]byte, bool) {
	to, changed := start, false
	for i := start; i < len(b); i++ {
		c := b[i]
		if c == '%' && i+2 < len(b) {
			high, low := hexDigit[b[i+1]], hexDigit[b[i+2]]
			if high < 16 && low < 16 {
				c = plain[high<<4|low]
				i += 2
				changed = true
			}
		}
		if c&0xc0 == 0x80 && to > start && (b[to-1] == 0xc0 || b[to-1] == 0xc1) {
			to--
			c = plain[b[to]&3<<6|c&0x3f]
			changed = true
		}
		b[to] = c
		to++
	}
	return b[:to], changed
}

var hexDigit = func() (t [256]byte) {
	for i := range t {
		switch {
		case '0' <= i && i <= '9':
			t[i] = byte(i - '0')
		case 'a' <= i && i <= 'f':
			t[i] = byte(i - 'a' + 10)
		case 'A' <= i && i <= 'F':
			t[i] = byte(i - 'A' + 10)
		default:
			t[i] = 0xff
		}
	}
	return t
}()
