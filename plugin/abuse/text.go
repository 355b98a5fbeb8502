package abuse

import (
	"bytes"
	"sync"
)

// The bytes that stand where a text begins and ends. No text has them.
const (
	textBegins byte = 1
	textEnds   byte = 2
)

// scratch is where texts are brought into the form that patterns are written
// in, so that it costs no memory.
type scratch struct{ buf []byte }

var scratches = sync.Pool{New: func() any { return &scratch{buf: make([]byte, 0, 1024)} }}

// uri is path and query as patterns see them, and where the query begins.
func (s *scratch) uri(path, query string) (text []byte, queryAt int) {
	b := append(s.buf[:0], textBegins)
	b = appendDecoded(b, path, false)
	queryAt = len(b)
	b = append(b, textEnds)
	if query != "" {
		b = appendDecoded(b, query, true)
		b = append(b, textEnds)
	}
	s.buf = b
	return b, queryAt
}

// form is a hash of where a form is. Spellings that servers take for the same path
// are the same: with a slash at the end, twice a slash, in capitals, or with
// parameters after a semicolon.
func (d *Detector) form(path string) uint64 {
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	text, _ := s.uri(path, "")
	short := text[:0]
	for _, c := range text {
		if c == ';' {
			break
		}
		if c != '/' || len(short) == 0 || short[len(short)-1] != '/' {
			short = append(short, c)
		}
	}
	return d.hash(kindText, 0, string(bytes.TrimRight(short, "/"+string(textEnds))))
}

// agent is a user agent as patterns see it.
func (s *scratch) agent(agent string) []byte {
	b := append(s.buf[:0], textBegins)
	for i := range len(agent) {
		b = append(b, plain[agent[i]])
	}
	s.buf = append(b, textEnds)
	return s.buf
}

// plain is a byte in lower case, and a space for white space and for what does
// not print, so that tabs and line breaks hide nothing.
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

// appendDecoded appends text with its % escapes decoded, up to three times
// over, as attackers encode them more than once.
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

// decodeOnce decodes b from start on, in place, and reports whether it may be
// worth another time. UTF-8 longer than needed (0xc0 0xaf for a slash) is
// decoded as careless servers do.
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
