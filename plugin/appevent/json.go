package appevent

import (
	"slices"
	"strconv"
	"strings"
)

// Bounds of one JSON text.
const (
	maxDepth  = 6  // objects and arrays inside each other, the outermost included
	maxKeys   = 64 // in one object
	maxNumber = 64 // bytes of one number
)

// fault is an error in a text. Its message repeats none of the text.
type fault struct {
	reason string
	offset int
	// ended reports whether the text is only incomplete.
	ended bool
}

// member is one member of an object, or one element of an array.
type member struct {
	key    string // decoded
	rawKey string // as written, with its quotes
	value  string // JSON text, checked
	offset int    // where value begins
}

// walker checks JSON by the rules of I-JSON (RFC 7493): no duplicate keys, no
// lone surrogates, no noncharacters, valid UTF-8. encoding/json forgives the
// first three and does not bound depth.
type walker struct {
	text  string
	pos   int
	keys  []string // of all open objects, innermost last
	fault *fault
}

func (w *walker) fail(reason string) bool {
	w.fault = &fault{reason: reason, offset: w.pos}
	if w.pos >= len(w.text) {
		w.fault = &fault{reason: "the JSON ends too early", offset: len(w.text), ended: true}
	}
	return false
}

// next steps over c if it comes next.
func (w *walker) next(c byte) bool {
	if w.pos < len(w.text) && w.text[w.pos] == c {
		w.pos++
		return true
	}
	return false
}

func (w *walker) space() {
	for w.pos < len(w.text) {
		switch w.text[w.pos] {
		case ' ', '\t', '\r', '\n':
			w.pos++
		default:
			return
		}
	}
}

// value steps over one value, which sits inside depth objects and arrays.
func (w *walker) value(depth int) bool {
	if w.pos >= len(w.text) {
		return w.fail("")
	}
	switch c := w.text[w.pos]; {
	case c == '{':
		return w.object(depth+1, nil)
	case c == '[':
		return w.array(depth+1, nil)
	case c == '"':
		return w.string()
	case c == '-' || isDigit(c):
		return w.number()
	}
	for _, word := range [...]string{"true", "false", "null"} {
		if strings.HasPrefix(w.text[w.pos:], word) {
			w.pos += len(word)
			return true
		}
	}
	return w.fail("a JSON value is expected here")
}

// object steps over the object at pos and adds its members to into, unless
// that is nil.
func (w *walker) object(depth int, into *[]member) bool {
	if depth > maxDepth {
		return w.fail("the JSON is nested more than " + strconv.Itoa(maxDepth) + " deep")
	}
	w.pos++
	if w.space(); w.next('}') {
		return true
	}
	first := len(w.keys)
	for {
		m, ok := w.member(depth, first)
		if !ok {
			return false
		}
		if into != nil {
			*into = append(*into, m)
		}
		if w.space(); w.next(',') {
			continue
		}
		if !w.next('}') {
			return w.fail("a comma or the object's end is expected here")
		}
		w.keys = w.keys[:first]
		return true
	}
}

// member steps over one member of the object whose keys begin at first.
func (w *walker) member(depth, first int) (m member, ok bool) {
	w.space()
	start := w.pos
	if w.pos >= len(w.text) || w.text[w.pos] != '"' {
		return m, w.fail("a key in quotes is expected here")
	}
	if !w.string() {
		return m, false
	}
	m.rawKey = w.text[start:w.pos]
	m.key = unquote(m.rawKey)
	if slices.Contains(w.keys[first:], m.key) {
		w.pos = start
		return m, w.fail("a key comes twice in one object")
	}
	if len(w.keys)-first == maxKeys {
		w.pos = start
		return m, w.fail("an object has more than " + strconv.Itoa(maxKeys) + " keys")
	}
	w.keys = append(w.keys, m.key)
	if w.space(); !w.next(':') {
		return m, w.fail("a colon is expected here")
	}
	w.space()
	m.offset = w.pos
	ok = w.value(depth)
	m.value = w.text[m.offset:w.pos]
	return m, ok
}

// array steps over the array at pos and adds its elements to into, unless that
// is nil.
func (w *walker) array(depth int, into *[]member) bool {
	if depth > maxDepth {
		return w.fail("the JSON is nested more than " + strconv.Itoa(maxDepth) + " deep")
	}
	w.pos++
	if w.space(); w.next(']') {
		return true
	}
	for {
		w.space()
		start := w.pos
		if !w.value(depth) {
			return false
		}
		if into != nil {
			*into = append(*into, member{value: w.text[start:w.pos], offset: start})
		}
		if w.space(); w.next(',') {
			continue
		}
		if !w.next(']') {
			return w.fail("a comma or the array's end is expected here")
		}
		return true
	}
}

// number steps over the number at pos.
func (w *walker) number() bool {
	start := w.pos
	w.next('-')
	if !w.next('0') && !w.digits() {
		return w.fail("a number is malformed")
	}
	if w.next('.') && !w.digits() {
		return w.fail("a number is malformed")
	}
	exponent := w.next('e') || w.next('E')
	if exponent {
		_ = w.next('+') || w.next('-')
		if !w.digits() {
			return w.fail("a number is malformed")
		}
	}
	text := w.text[start:w.pos]
	if len(text) > maxNumber {
		w.pos = start
		return w.fail("a number is longer than " + strconv.Itoa(maxNumber) + " bytes")
	}
	if exponent {
		if _, err := strconv.ParseFloat(text, 64); err != nil {
			w.pos = start
			return w.fail("a number is out of range")
		}
	}
	return true
}

// digits steps over one or more digits.
func (w *walker) digits() bool {
	start := w.pos
	for w.pos < len(w.text) && isDigit(w.text[w.pos]) {
		w.pos++
	}
	return w.pos > start
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
