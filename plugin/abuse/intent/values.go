package intent

import (
	"strings"
	"sync"
)

// Bounds of what is looked at.
const (
	maxPath   = 4 << 10
	maxQuery  = 8 << 10
	maxHeader = 2 << 10
	maxParams = 64
	// maxSegments is the number of path segments that are values of their own.
	maxSegments = 24
	maxName     = 64
)

// place is where a value was found.
type place uint8

const (
	inPath    place = 1 << iota // the whole path
	inSegment                   // one segment of the path
	inQuery                     // the whole query
	inParam                     // the value of a parameter, or a parameter without one
	inHeader
)

// value is a piece of a request, decoded and in lower case.
type value struct {
	in   place
	has  chars
	name string // of the parameter, as written
	text []byte
	// raw is the piece as written; it has its first escapes.
	raw string
}

// finder looks at one request. Finders are reused, so that looking allocates nothing.
type finder struct {
	tree   *tree
	target *Target
	buf    []byte
	values []value
	// in and has are those of all values together.
	in  place
	has chars

	path, name canonical
	squeezed   []byte
	// parsed is the number of bytes given to libinjection.
	parsed int

	found    []Match
	reported int // matches in found that are the caller's
	placesAt int // where those of places begin
}

var finders = sync.Pool{New: func() any {
	return &finder{
		buf:      make([]byte, 0, 2*maxPath+maxQuery+2*maxHeader),
		values:   make([]value, 0, maxParams+maxSegments+4),
		squeezed: make([]byte, 0, maxParsed),
	}
}}

// split divides the target into values.
func (f *finder) split(t *Target) {
	f.target, f.buf, f.values, f.in, f.has, f.parsed = t, f.buf[:0], f.values[:0], 0, 0, 0
	f.splitPath(ends(t.Path, maxPath))
	if query := ends(t.Query, maxQuery); query != "" && !plainQuery(query) {
		f.splitQuery(query)
	}
	f.header(t.UserAgent)
	f.header(t.Referer)
}

func (f *finder) add(v value) {
	f.values = append(f.values, v)
	f.in |= v.in
	f.has |= v.has
}

// splitPath adds the path, and its segments if they may hold an injection. It divides
// at the slashes as written: an escaped slash belongs to a segment, as in an injection
// with a comment.
func (f *finder) splitPath(path string) {
	var has chars
	start := len(f.buf)
	f.buf, has = appendDecoded(f.buf, path, false)
	f.add(value{in: inPath, has: has, text: f.buf[start:len(f.buf):len(f.buf)], raw: path})
	const injects = quote | less | paren | brace | semicolon | space | equals | comma
	if has&injects == 0 {
		return
	}
	for rest, n, more := path, 0, true; more; n++ {
		segment := rest
		if i := strings.IndexByte(rest, '/'); i >= 0 && n < maxSegments {
			segment, rest = rest[:i], rest[i+1:]
		} else {
			more = false
		}
		at := len(f.buf)
		if f.buf, has = appendDecoded(f.buf, segment, false); has&injects != 0 {
			f.add(value{in: inSegment, has: has, text: f.buf[at:len(f.buf):len(f.buf)], raw: segment})
		}
	}
}

// plainQuery reports whether a query has nothing that any test needs.
func plainQuery(query string) bool {
	var has chars
	var last byte
	for i := range len(query) {
		c := query[i]
		if c == '.' && last == '.' {
			return false
		}
		has |= charsOf[c]
		last = c
	}
	const separators = ampersand | equals | comma | underscore
	return has&^separators == 0 && strings.IndexByte(query, '+') < 0 && !strings.Contains(query, "class.") && !strings.Contains(query, "null,") && !strings.Contains(query, "_schema")
}

func (f *finder) splitQuery(query string) {
	start, whole := len(f.buf), len(f.values)
	f.add(value{in: inQuery, raw: query})
	all := chars(0)
	for rest, n, more := query, 0, true; more; n++ {
		piece := rest
		if i := strings.IndexByte(rest, '&'); i >= 0 && n < maxParams-1 {
			piece, rest = rest[:i], rest[i+1:]
		} else {
			more = false
		}
		if n > 0 {
			f.buf = append(f.buf, '&')
		}
		all |= f.parameter(piece)
	}
	v := &f.values[whole]
	v.text, v.has = f.buf[start:len(f.buf):len(f.buf)], all
	f.has |= all
}

// parameter adds a parameter, or a piece without = as a value without name. It
// returns the characters of both.
func (f *finder) parameter(piece string) (has chars) {
	v := value{in: inParam, raw: piece}
	if i := strings.IndexByte(piece, '='); i >= 0 {
		at := len(f.buf)
		f.buf, has = appendDecoded(f.buf, piece[:i], true)
		if strings.HasPrefix(string(f.buf[at:]), "class.") {
			has |= classLoader
		}
		f.buf = append(f.buf, '=')
		v.name, v.raw = clip(piece[:i], maxName), piece[i+1:]
	}
	at := len(f.buf)
	f.buf, v.has = appendDecoded(f.buf, v.raw, true)
	v.text = f.buf[at:len(f.buf):len(f.buf)]
	if v.has != 0 {
		f.add(v)
	}
	return has | v.has
}

// header adds a header that may have an exploit.
func (f *finder) header(text string) {
	text = ends(text, maxHeader)
	if strings.IndexByte(text, '$') < 0 && strings.IndexByte(text, '%') < 0 && strings.IndexByte(text, '{') < 0 {
		return
	}
	at := len(f.buf)
	buf, has := appendDecoded(f.buf, text, false)
	f.buf = buf
	f.add(value{in: inHeader, has: has, text: f.buf[at:len(f.buf):len(f.buf)], raw: text})
}

// report appends a match that is not there yet.
func (f *finder) report(m Match) {
	for i := f.reported; i < len(f.found); i++ {
		if had := &f.found[i]; had.Kind == m.Kind && had.What == m.What && had.Param == m.Param {
			had.Weak = had.Weak && m.Weak
			return
		}
	}
	if len(f.found) < cap(f.found) {
		f.found = append(f.found, m)
	}
}

const (
	// maxParsed is the part of a value that libinjection reads, and maxParsedAll that of
	// a request: it takes some microseconds for each value.
	maxParsed    = 1 << 10
	maxParsedAll = 8 << 10
)

// mayParse reports whether libinjection may read one more value, false if it read enough.
func (f *finder) mayParse(text []byte) bool {
	if f.parsed+len(text) > maxParsedAll {
		return false
	}
	f.parsed += len(text) + 64 // a call costs something too
	return true
}
