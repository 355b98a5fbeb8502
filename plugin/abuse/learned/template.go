package learned

import (
	"github.com/cespare/xxhash/v2"
)

const (
	// maxPath is the length of the longest path that is learned.
	maxPath = 1024
	// maxTemplate is the length of the longest template that is learned.
	maxTemplate = 512
)

// classes are the classes of methods, as the beginning of a template.
const (
	reading  = "read "
	writing  = "write "
	dav      = "dav "
	noMethod = "other "
)

// classOf returns the class of a method. What is answered to OPTIONS, CONNECT, TRACE
// and unknown methods says nothing about a path, so it is not learned. A class is one of
// itself, so that a template is understood where a request is.
func classOf(method string) string {
	switch method {
	case "GET", "HEAD", "read":
		return reading
	case "POST", "PUT", "PATCH", "DELETE", "write":
		return writing
	case "PROPFIND", "PROPPATCH", "REPORT", "SEARCH", "MKCOL", "MKCALENDAR", "COPY", "MOVE", "LOCK", "UNLOCK", "ACL", "dav":
		return dav
	}
	return noMethod
}

// template is the class of a method and a path in which numbers, UUIDs, hashes, dates
// and long tokens are replaced, as "read /users/{n}/avatar.png".
type template struct {
	buf   [maxTemplate]byte
	len   int
	class int // the length of the class
	// unlearnable is a target that is too long, no path, or asked for with a method
	// that is not learned. It has a hash, too.
	unlearnable bool
}

// set makes the template of a request.
func (t *template) set(method, path string) {
	class := classOf(method)
	t.len, t.unlearnable = 0, class == noMethod || len(path) == 0 || path[0] != '/' || len(path) > maxPath
	t.add(class)
	t.class = t.len
	if t.unlearnable {
		t.add(path[:min(len(path), maxTemplate-t.class)])
		return
	}
	copied := 0 // up to here the path is in the template
	for i := 0; i < len(path); {
		if path[i] == '/' {
			i++
			continue
		}
		begin, has := i, uint8(0)
		for ; i < len(path) && path[i] != '/'; i++ {
			has |= byteClass[path[i]]
		}
		if has&digit == 0 && i-begin < minToken {
			continue // a name
		}
		t.add(path[copied:begin])
		t.segment(path[begin:i], i == len(path))
		copied = i
	}
	t.add(path[copied:])
}

// segment adds a segment of a path.
func (t *template) segment(s string, last bool) {
	if isVersion(s) {
		t.add(s)
		return
	}
	name := s
	if last {
		name = s[:extension(s)]
	}
	if isToken(name) {
		t.add(anyID)
	} else {
		t.words(name)
	}
	t.add(s[len(name):])
}

// words adds a text with its words replaced.
func (t *template) words(s string) {
	for len(s) > 0 {
		n := 0
		for n < len(s) && byteClass[s[n]]&word != 0 {
			n++
		}
		switch {
		case n == 0 && s[0] == '%' && len(s) >= 3:
			n = 3 // the digits of an escape are no number
			t.add(s[:n])
		case n == 0:
			n = 1
			t.addByte(s[0])
		case n == 8 && startsWithUUID(s):
			n = uuidLen
			t.add(anyID)
		default:
			if by := replaced(s[:n]); by != "" {
				t.add(by)
			} else {
				t.name(s[:n])
			}
		}
		s = s[n:]
	}
}

// name adds a word with its numbers replaced.
func (t *template) name(s string) {
	for i := range len(s) {
		if byteClass[s[i]]&digit == 0 {
			t.addByte(s[i])
		} else if i == 0 || byteClass[s[i-1]]&digit == 0 {
			t.add(anyNumber)
		}
	}
}

// extension returns where the extension of a file begins, which is the end if it has
// none. An extension has letters, so that the 1 of app.1 is a number.
func extension(s string) int {
	letters := false
	for i := len(s) - 1; i >= 0 && len(s)-i <= 6; i-- {
		switch c := byteClass[s[i]]; {
		case s[i] == '.' && letters:
			return i
		case c&word == 0:
			return len(s)
		case c&letter != 0:
			letters = true
		}
	}
	return len(s)
}

func (t *template) add(s string) {
	n := copy(t.buf[t.len:], s)
	t.len += n
	if n < len(s) {
		t.unlearnable = true
	}
}

func (t *template) addByte(c byte) {
	if t.len == maxTemplate {
		t.unlearnable = true
		return
	}
	t.buf[t.len] = c
	t.len++
}

// text is the template as people read it.
func (t *template) text() []byte { return t.buf[:t.len] }

// path is the template without the class of the method.
func (t *template) path() []byte { return t.buf[t.class:t.len] }

// folder is the first segment of the path, nil at the root.
func (t *template) folder() []byte {
	p := t.path()
	for len(p) > 0 && p[0] == '/' {
		p = p[1:]
	}
	for i, c := range p {
		if c == '/' {
			return p[:i]
		}
	}
	return p
}

// hasher hashes texts with a seed that clients do not know.
type hasher uint64

func (h hasher) bytes(b []byte) uint64 {
	var d xxhash.Digest
	d.ResetWithSeed(uint64(h))
	_, _ = d.Write(b) // it never fails
	return d.Sum64()
}

func (h hasher) text(s string) uint64 {
	var d xxhash.Digest
	d.ResetWithSeed(uint64(h))
	_, _ = d.WriteString(s)
	return d.Sum64()
}

// under hashes a text that belongs to something with a hash.
func (h hasher) under(parent uint64, s string) uint64 { return (h ^ hasher(parent)).text(s) }
