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
// cut off, as the last line before a crash is.
func parseCombined(line []byte) (Entry, error) {
	var e Entry
	r := &e.Request
	host, at, err := combinedHead(line, r)
	if err != nil {
		return e, err
	}
	if r.IP, err = parseAddr(host); err != nil {
		return e, errAt(0, "%v", err)
	}
	request, next, closed := unquote(line, at)
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
	for _, text := range []*string{&r.Referer, &r.UserAgent} {
		if !bytes.HasPrefix(line[next:], []byte(` "`)) {
			break
		}
		*text, next, _ = unquote(line, next+1)
		*text = absent(*text)
	}
	e.AuthFailed = r.Status == 401 && r.User != ""
	return e, nil
}

// combinedHead reads up to the request, whose opening quote is at next. Users
// name themselves, so their name may hold spaces and brackets; but quotes in
// it are escaped. So the request starts at the first quote after a bracket,
// and the time at the last bracket before it.
func combinedHead(line []byte, r *record.Request) (host string, next int, err error) {
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
	_, user, ok := strings.Cut(string(line[space+1:start]), " ")
	if !ok {
		return "", 0, errAt(space+1, "there is no user after the ident")
	}
	r.User = absent(unescape(user))
	stamp := string(line[start+2 : end])
	if r.Time, err = time.Parse(combinedTime, stamp); err != nil {
		return "", 0, errAt(start+2, "%q is no time such as 17/May/2015:10:05:03 +0000", brief(stamp))
	}
	return string(line[:space]), end + 2, nil
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

// AppendCombined appends r as Apache would write it, without a line break.
//
// A combined line cannot say everything: the ident is always "-", the time has
// whole seconds, no bytes are "-", a question mark without a query is left
// out, and a referer, a user agent or a user that is "-" reads back as absent.
func AppendCombined(dst []byte, r *record.Request) []byte {
	if r.IP.IsValid() {
		dst = r.IP.AppendTo(dst)
	} else {
		dst = append(dst, '-')
	}
	dst = append(dst, " - "...)
	dst = appendText(dst, r.User)
	dst = append(dst, " ["...)
	dst = r.Time.AppendFormat(dst, combinedTime)
	dst = append(dst, `] "`...)
	dst = appendText(dst, requestLine(r))
	dst = append(dst, `" `...)
	dst = appendCount(dst, int64(r.Status))
	dst = append(dst, ' ')
	dst = appendCount(dst, r.Bytes)
	dst = append(dst, ` "`...)
	dst = appendText(dst, r.Referer)
	dst = append(dst, `" "`...)
	dst = appendText(dst, r.UserAgent)
	return append(dst, '"')
}

func requestLine(r *record.Request) string {
	parts := make([]string, 0, 3)
	for _, part := range []string{r.Method, r.Target(), r.Proto} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, " ")
}

func appendText(dst []byte, s string) []byte {
	if s == "" {
		return append(dst, '-')
	}
	return appendEscaped(dst, s)
}

func appendCount(dst []byte, n int64) []byte {
	if n == 0 {
		return append(dst, '-')
	}
	return strconv.AppendInt(dst, n, 10)
}
