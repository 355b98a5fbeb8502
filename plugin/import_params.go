package plugin

import (
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/serverlog"
)

// importPiece says which piece of which import is meant.
type importPiece struct {
	id   string
	from int64
	end  serverlog.ImportCheckpoint
}

// importParams reads the parameters of a request about imports: those that are
// wanted, each once, and no others.
func importParams(r *http.Request, wanted ...string) (p importPiece, err error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return p, &record.ParamError{Param: "query", Reason: "cannot be read: " + err.Error()}
	}
	for name := range values {
		if !slices.Contains(wanted, name) {
			return p, &record.ParamError{Param: name, Reason: "is not a parameter here; there are: " + strings.Join(wanted, ", ")}
		}
	}
	read := map[string]func(string) string{
		"id":    p.readID,
		"from":  func(s string) string { return readCount(s, &p.from) },
		"bytes": func(s string) string { return readCount(s, &p.end.Bytes) },
		"sum":   p.readSum,
	}
	for _, name := range wanted {
		if len(values[name]) != 1 {
			return p, &record.ParamError{Param: name, Reason: "must be given, once"}
		}
		if reason := read[name](values.Get(name)); reason != "" {
			return p, &record.ParamError{Param: name, Value: values.Get(name), Reason: reason}
		}
	}
	if p.end.Bytes < p.from {
		return p, &record.ParamError{Param: "bytes", Value: values.Get("bytes"), Reason: "must not be less than from"}
	}
	return p, nil
}

// readID takes what keys of the store can hold and a log can show.
func (p *importPiece) readID(s string) string {
	const longest = 128
	visible := !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
	if s == "" || len(s) > longest || !visible {
		return "must be 1 to 128 visible ASCII characters"
	}
	p.id = s
	return ""
}

func (p *importPiece) readSum(s string) string {
	if sum, err := hex.DecodeString(s); err != nil || copy(p.end.Sum[:], sum) != len(p.end.Sum) || len(sum) != len(p.end.Sum) {
		return "must be a SHA-256 in hexadecimal digits"
	}
	return ""
}

func readCount(s string, into *int64) string {
	n, err := strconv.ParseUint(s, 10, 63)
	if err != nil {
		return "must be a whole number from 0 on"
	}
	*into = int64(n)
	return ""
}
