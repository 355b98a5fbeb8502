package logformat

import (
	"bytes"
	"strconv"
	"strings"
	"time"

	"github.com/gatebook/gatebook/record"
)

const combinedTime = "02/Jan/2006:15:04:05 -0700"

// parseCombined reads
//
//	host ident user [time] "request" status bytes "referer" "user agent"
//
// and leaves what follows unread, as servers append fields of their own.
// Referer and user agent may be missing, which makes it the common format, or
// cut off, as the last line before a crash is. See takeColumns for what may stand
// before the time.
func (d *Dialect) parseCombined(line []byte) (Entry, error) {
	var e Entry
	r := &e.Request
	if i := max(bytes.IndexByte(line, '\r'), bytes.IndexByte(line, '\n')); i >= 0 {
		return e, errAt(i, "there is a line break within the line; write each request on a line of its own")
	}
	head, at, err := splitHead(line, r)
	if err != nil {
		return e, err
	}
	if d.Columns != nil {
		err = d.Columns.take(head, r)
	} else {
		err = takeColumns(head, d.counted, r)
	}
	if err != nil {
		return e, err
	}
	request, next, closed := quotedRequest(line, at)
	if !closed {
		return e, errAt(at, "the request has no closing quote")
	}
	r.Method, r.Path, r.Query, r.Proto = splitRequest(request)

	status, at, next := field(line, next)
	if r.Status, err = parseStatus(status); err != nil {
		return e, errAt(at, "%q is no status", brief(status))
	}
	size, at, next := field(line, next)
	if r.Bytes, err = parseSize(size); err != nil {
		return e, errAt(at, "%q is no number of bytes", brief(size))
	}
	if r.Referer, r.UserAgent, err = refererAndAgent(line, next); err != nil {
		return e, err
	}
	e.AuthFailed = r.Status == 401 && r.User != ""
	return e, nil
}

// splitHead reads the time, and returns the text before it and the position of the
// request's opening quote. Users name themselves, so their name may hold spaces and
// brackets; but quotes in it are escaped. So the request starts at the first quote
// after a bracket, and the time at the last bracket before it.
func splitHead(line []byte, r *record.Request) (head string, next int, err error) {
	space := bytes.IndexByte(line, ' ')
	if space < 0 {
		return "", 0, errAt(len(line), "there is nothing after the address")
	}
	end := bytes.Index(line, []byte(`] "`))
	if end < 0 {
		return "", 0, errAt(space+1, "there is no [time] with a quoted request after it")
	}
	start := bytes.LastIndex(line[:end], []byte(" ["))
	if start <= space {
		return "", 0, errAt(space+1, "there is no ident and user before the time")
	}
	if bytes.IndexByte(line[space+1:start], ' ') < 0 {
		return "", 0, errAt(space+1, "there is no user after the ident")
	}
	stamp := string(line[start+2 : end])
	if r.Time, err = time.Parse(combinedTime, stamp); err != nil {
		return "", 0, errAt(start+2, "%q is no time such as 17/May/2015:10:05:03 +0000", brief(stamp))
	}
	return string(line[:start]), end + 2, nil
}

// field reads the word after the space at next.
func field(line []byte, next int) (word string, at, end int) {
	if next < len(line) && line[next] == ' ' {
		next++
	}
	end = len(line)
	if n := bytes.IndexByte(line[next:], ' '); n >= 0 {
		end = next + n
	}
	return string(line[next:end]), next, end
}

func parseStatus(s string) (int, error) {
	if s == "-" {
		return 0, nil
	}
	n, err := strconv.ParseUint(s, 10, 16)
	return int(n), err
}

func parseSize(s string) (int64, error) {
	if s == "-" {
		return 0, nil
	}
	n, err := strconv.ParseUint(s, 10, 63)
	return int64(n), err
}

func absent(s string) string {
	if s == "-" {
		return ""
	}
	return s
}

// splitRequest takes a request line apart. Of one that is none, such as a TLS
// handshake sent to a plain port, everything is kept as the path.
func splitRequest(s string) (method, path, query, proto string) {
	target := absent(s)
	if word, rest, _ := strings.Cut(target, " "); isToken(word) {
		method, target = word, rest
	}
	if i := strings.LastIndexByte(target, ' '); i > 0 && strings.HasPrefix(target[i+1:], "HTTP/") {
		target, proto = target[:i], target[i+1:]
	}
	path, query, _ = strings.Cut(target, "?")
	return method, path, query, proto
}

// isToken reports whether s can be a method (RFC 9110, section 5.6.2).
func isToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9'
		if !letter && !strings.ContainsRune("!#$%&'*+-.^_`|~", rune(c)) {
			return false
		}
	}
	return s != ""
}
