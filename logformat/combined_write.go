package logformat

import (
	"strconv"
	"strings"

	"github.com/gatebook/gatebook/record"
)

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
	dst = appendUser(dst, r.User)
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

// appendUser escapes a name that would be read as other columns in all its bytes.
func appendUser(dst []byte, user string) []byte {
	at := len(dst)
	dst = appendText(dst, user)
	if word, _ := foreignWord(string(dst[at:]), false); word == "" {
		return dst
	}
	dst = dst[:at]
	for i := range len(user) {
		dst = appendHex(dst, user[i])
	}
	return dst
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
