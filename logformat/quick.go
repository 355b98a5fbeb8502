package logformat

import (
	"bytes"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/gatebook/gatebook/record"
)

// quick reads the JSON that servers write: objects of known keys with plain
// texts and numbers. Whatever else comes makes it give up (bad), and
// encoding/json reads the line anew, at a tenth of the speed. What quick reads,
// it reads as encoding/json does; a test compares them.
type quick struct {
	line []byte
	at   int
	bad  bool
}

// deepest is how many values may stand in each other.
const deepest = 16

// next is the next byte that is no white space, 0 at the end.
func (q *quick) next() byte {
	for q.at < len(q.line) {
		switch c := q.line[q.at]; c {
		case ' ', '\t', '\r', '\n':
			q.at++
		default:
			return c
		}
	}
	return 0
}

func (q *quick) take(c byte) bool {
	if q.bad || q.next() != c {
		q.bad = true
		return false
	}
	q.at++
	return true
}

// object reads an object and gives each key to field, which reads the value.
func (q *quick) object(field func(key []byte)) {
	if !q.take('{') {
		return
	}
	if q.next() == '}' {
		q.at++
		return
	}
	for {
		key := q.plain()
		if !q.take(':') {
			return
		}
		field(key)
		if q.next() == ',' && !q.bad {
			q.at++
			continue
		}
		q.take('}')
		return
	}
}

// plain is a text of printable ASCII without escapes.
func (q *quick) plain() []byte {
	if !q.take('"') {
		return nil
	}
	for i, c := range q.line[q.at:] {
		switch {
		case c == '"':
			text := q.line[q.at : q.at+i]
			q.at += i + 1
			return text
		case c < ' ' || c > '~' || c == '\\':
			q.bad = true
			return nil
		}
	}
	q.bad = true
	return nil
}

func (q *quick) text() string { return string(q.plain()) }

// number is a number as it stands there.
func (q *quick) number() []byte {
	q.next()
	start := q.at
	digits := func() int {
		from := q.at
		for q.at < len(q.line) && '0' <= q.line[q.at] && q.line[q.at] <= '9' {
			q.at++
		}
		return q.at - from
	}
	is := func(chars string) bool {
		if q.at < len(q.line) && strings.IndexByte(chars, q.line[q.at]) >= 0 {
			q.at++
			return true
		}
		return false
	}
	is("-")
	whole := q.at
	if n := digits(); n == 0 || n > 1 && q.line[whole] == '0' {
		q.bad = true
	}
	if is(".") && digits() == 0 {
		q.bad = true
	}
	if is("eE") {
		is("+-")
		if digits() == 0 {
			q.bad = true
		}
	}
	return q.line[start:q.at]
}

func (q *quick) integer(bits int) int64 {
	n, err := strconv.ParseInt(string(q.number()), 10, bits)
	q.bad = q.bad || err != nil
	return n
}

func (q *quick) truth() bool {
	q.next()
	switch rest := q.line[q.at:]; {
	case bytes.HasPrefix(rest, []byte("true")):
		q.at += len("true")
		return true
	case bytes.HasPrefix(rest, []byte("false")):
		q.at += len("false")
	default:
		q.bad = true
	}
	return false
}

// raw is a number or a plain text as it stands there, quotes included.
func (q *quick) raw() []byte {
	if q.next() != '"' {
		return q.number()
	}
	start := q.at
	q.plain()
	return q.line[start:q.at]
}

// skip passes over any value.
func (q *quick) skip(depth int) {
	switch c := q.next(); {
	case depth > deepest:
		q.bad = true
	case c == '"':
		q.skipText()
	case c == '{' || c == '[':
		q.at++
		q.skipAll(c, depth)
	case c == 't' || c == 'f':
		q.truth()
	case c == 'n':
		q.bad = q.bad || !bytes.HasPrefix(q.line[q.at:], []byte("null"))
		q.at += len("null")
	default:
		q.number()
	}
}

// skipAll passes over what an object or an array has after its bracket.
func (q *quick) skipAll(open byte, depth int) {
	end := open + 2 // in ASCII, so it is for both kinds
	if q.next() == end {
		q.at++
		return
	}
	for !q.bad {
		if open == '{' {
			q.next()
			q.skipText()
			q.take(':')
		}
		q.skip(depth + 1)
		if q.next() != ',' {
			q.take(end)
			return
		}
		q.at++
	}
}

func (q *quick) skipText() {
	if !q.take('"') {
		return
	}
	for ; q.at < len(q.line); q.at++ {
		switch c := q.line[q.at]; {
		case c == '"':
			q.at++
			return
		case c == '\\':
			q.at++
			if q.at == len(q.line) || strings.IndexByte(`"\/bfnrt`, q.line[q.at]) < 0 {
				q.bad = true // \u too, which is seldom
				return
			}
		case c < ' ':
			q.bad = true
			return
		}
	}
	q.bad = true
}

// ended reports whether all was read, and nothing was odd.
func (q *quick) ended() bool { return !q.bad && q.next() == 0 && q.at == len(q.line) }

// once notes that a key was there, and gives up when it is there twice.
func (q *quick) once(seen *uint32, bit int) {
	q.bad = q.bad || *seen>>bit&1 != 0
	*seen |= 1 << bit
}

// known keys of a request, in NDJSON; the first four have to be there.
var ndjsonKeys = []string{
	"time", "method", "path", "status", "instance", "ip", "host", "query", "bytes", "bytes_in", "duration_ms", "proto", "user_agent",
	"browser", "os", "referer", "user", "country", "asn", "as_org", "request_id", "verdict", "aborted", "auth_failed",
}

// quickNDJSON reads a request, or reports that it has to be read otherwise.
func quickNDJSON(line []byte) (e Entry, ok bool) {
	q := quick{line: line}
	var seen uint32
	var ms float64
	q.object(func(key []byte) {
		for i, name := range ndjsonKeys {
			if string(key) == name {
				q.once(&seen, i)
				q.ndjsonField(&e, name, &ms)
				return
			}
		}
		q.bad = true
	})
	e.Duration = milliseconds(ms)
	e.IP = plainAddr(e.IP)
	return e, q.ended() && seen&0xf == 0xf && ms <= maxMilliseconds && ms >= -maxMilliseconds
}

func (q *quick) ndjsonField(e *Entry, name string, ms *float64) {
	var err error
	switch name {
	case "time":
		err = e.Time.UnmarshalText(q.plain())
	case "ip":
		err = e.IP.UnmarshalText(q.plain())
	case "status":
		e.Status = int(q.integer(strconv.IntSize))
	case "bytes":
		e.Bytes = q.integer(64)
	case "bytes_in":
		e.BytesIn = q.integer(64)
	case "duration_ms":
		*ms, err = strconv.ParseFloat(string(q.number()), 64)
	case "asn":
		var n uint64
		n, err = strconv.ParseUint(string(q.number()), 10, 32)
		e.ASN = uint32(n)
	case "aborted":
		e.Aborted = q.truth()
	case "auth_failed":
		e.AuthFailed = q.truth()
	case "verdict":
		e.Verdict = record.Verdict(q.text())
	default:
		*ndjsonText(e, name) = q.text()
	}
	q.bad = q.bad || err != nil
}

// ndjsonText is the text that a key names.
func ndjsonText(e *Entry, name string) *string {
	switch name {
	case "method":
		return &e.Method
	case "path":
		return &e.Path
	case "instance":
		return &e.Instance
	case "host":
		return &e.Host
	case "query":
		return &e.Query
	case "proto":
		return &e.Proto
	case "user_agent":
		return &e.UserAgent
	case "browser":
		return &e.Browser
	case "os":
		return &e.OS
	case "referer":
		return &e.Referer
	case "user":
		return &e.User
	case "country":
		return &e.Country
	case "as_org":
		return &e.ASOrg
	}
	return &e.RequestID
}

func milliseconds(ms float64) time.Duration {
	return time.Duration(math.Round(ms*1000)) * time.Microsecond
}
