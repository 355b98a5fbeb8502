package appevent

import (
	"encoding/base64"
	"mime"
	"strings"
	"unicode/utf8"

	"github.com/gatebook/gatebook/record"
)

// object is one JSON object of a line.
type object struct {
	members []member
	mark    string // how its line had to be read, if not plainly
	// start and length are the object's place in the line; encoded reports whether
	// it stands there as base64.
	start, length int
	encoded       bool
}

// place turns an offset in the object's JSON into one in its line. In base64
// that is the group of four characters.
func (o *object) place(offset int) int {
	if o.encoded {
		return o.start + offset/3*4
	}
	return o.start + offset
}

// splitter reads lines into objects, which are good until it reads the next.
type splitter struct {
	objects []object
	members []member
	keys    []string
}

// newSplitter has room for a usual event, so that reading it grows nothing.
func newSplitter() splitter {
	return splitter{make([]object, 0, 2), make([]member, 0, 16), make([]string, 0, 20)}
}

// split reads a line as the complete list of objects that it must be. Empty
// elements are passed over, as RFC 9110, section 5.6.1.2, asks of a recipient.
func (s *splitter) split(line string) (objects []object, bad *fault) {
	text, mark, bad := plain(line)
	if bad != nil {
		return nil, bad
	}
	s.objects, s.members = s.objects[:0], s.members[:0]
	for pos := blank(text); pos < len(text); pos += blank(text[pos:]) {
		if text[pos] == ',' {
			pos++
			continue
		}
		o, bad := s.object(text, pos)
		if bad != nil {
			return nil, bad
		}
		o.mark = mark
		s.objects = append(s.objects, o)
		pos += o.length
		pos += blank(text[pos:])
		if pos < len(text) && text[pos] != ',' {
			return nil, &fault{reason: "something other than a comma follows an object", offset: pos}
		}
	}
	return s.objects, nil
}

// blank counts the optional whitespace that s starts with.
func blank(s string) (n int) {
	for n < len(s) && (s[n] == ' ' || s[n] == '\t') {
		n++
	}
	return n
}

// plain returns a line as UTF-8 without control characters, and the mark for
// the encoding that it had.
func plain(line string) (text, mark string, bad *fault) {
	high, bad := noControls(line)
	if bad != nil {
		return "", "", bad
	}
	// Django encodes a whole header value so; inside a JSON text the same
	// characters are part of it.
	if strings.HasPrefix(line[blank(line):], "=?") {
		text, err := new(mime.WordDecoder).DecodeHeader(line)
		if err != nil {
			return "", "", &fault{reason: "an RFC 2047 encoded word has an unknown character set"}
		}
		_, bad := noControls(text)
		return text, record.MarkMIME, bad
	}
	if high && !utf8.ValidString(line) {
		return latin1(line), record.MarkLatin1, nil
	}
	return line, "", nil
}

// noControls refuses control characters except the tab, and reports whether
// there are bytes beyond ASCII.
func noControls(s string) (high bool, bad *fault) {
	for i := range len(s) {
		c := s[i]
		if c < ' ' && c != '\t' || c == 0x7F {
			return false, &fault{reason: "a control character is in the header", offset: i}
		}
		high = high || c >= utf8.RuneSelf
	}
	return high, nil
}

func latin1(s string) string {
	out := make([]byte, 0, len(s)+len(s)/8)
	for i := range len(s) {
		out = utf8.AppendRune(out, rune(s[i]))
	}
	return string(out)
}

// object reads the object that starts at pos, in any of its three forms.
func (s *splitter) object(text string, pos int) (object, *fault) {
	rest := text[pos:]
	switch {
	case rest[0] == '{':
		return s.json(rest, pos)
	case rest[0] == ':':
		end := strings.IndexByte(rest[1:], ':')
		if end < 0 {
			return object{}, &fault{reason: "a byte sequence has no closing colon", offset: pos}
		}
		// RFC 9651, section 4.2.7, lets a parser do without the padding.
		o, bad := readBase64(trimPadding(rest[1:1+end]), pos+1, base64.RawStdEncoding)
		o.length = end + 2
		return o, bad
	case strings.HasPrefix(rest, "ey"):
		end := 0
		for end < len(rest) && (isBase64URL(rest[end]) || rest[end] == '=') {
			end++
		}
		o, bad := readBase64(trimPadding(rest[:end]), pos, base64.RawURLEncoding)
		o.length = end
		return o, bad
	}
	return object{}, &fault{reason: "neither a JSON object nor base64 of one starts here", offset: pos}
}

// json reads the object that rest, at pos in its line, starts with.
func (s *splitter) json(rest string, pos int) (object, *fault) {
	w := walker{text: rest, keys: s.keys[:0]}
	first := len(s.members)
	if !w.object(1, &s.members) {
		w.fault.offset += pos
		return object{}, w.fault
	}
	s.keys = w.keys
	o := object{start: pos, length: w.pos, members: s.members[first:]}
	if tab := strings.IndexByte(rest[:w.pos], '\t'); tab >= 0 {
		return object{}, &fault{reason: "a control character is in the header", offset: pos + tab}
	}
	return o, nil
}

// readBase64 reads an object from its encoding, which is at pos in its line.
// The caller knows its length.
func readBase64(s string, pos int, encoding *base64.Encoding) (object, *fault) {
	o := object{start: pos, encoded: true}
	text, err := encoding.DecodeString(s)
	if err != nil {
		return o, &fault{reason: "the base64 is malformed", offset: pos}
	}
	var bad *fault
	if o.members, bad = readText(string(text), 1); bad != nil {
		return o, &fault{reason: bad.reason, offset: o.place(bad.offset)}
	}
	return o, nil
}

// readText reads a text that is one JSON object and nothing else. The object
// sits depth deep: 1 where nothing is around it that counts.
func readText(text string, depth int) ([]member, *fault) {
	w := walker{text: text}
	var members []member
	w.space()
	if w.pos == len(text) || text[w.pos] != '{' {
		return nil, &fault{reason: "a JSON object is expected here", offset: w.pos}
	}
	if !w.object(depth, &members) {
		return nil, w.fault
	}
	if w.space(); w.pos < len(text) {
		return nil, &fault{reason: "something follows the JSON object", offset: w.pos}
	}
	return members, nil
}

// trimPadding removes the at most two signs that pad base64.
func trimPadding(s string) string {
	return strings.TrimSuffix(strings.TrimSuffix(s, "="), "=")
}

func isBase64URL(c byte) bool {
	return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'z' || c == '-' || c == '_'
}
