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
		return p, record.Invalid("query", "", record.InvalidEncoding, err.Error())
	}
	for name := range values {
		if !slices.Contains(wanted, name) {
			return p, record.Invalid(name, "", record.UnknownParam, strings.Join(wanted, ", "))
		}
	}
	read := map[string]func(string) record.Code{
		"id":    p.readID,
		"from":  func(s string) record.Code { return readCount(s, &p.from) },
		"bytes": func(s string) record.Code { return readCount(s, &p.end.Bytes) },
		"sum":   p.readSum,
	}
	for _, name := range wanted {
		if len(values[name]) != 1 {
			return p, record.Invalid(name, "", record.NotGivenOnce)
		}
		if code := read[name](values.Get(name)); code != "" {
			return p, record.Invalid(name, values.Get(name), code)
		}
	}
	if p.end.Bytes < p.from {
		return p, record.Invalid("bytes", values.Get("bytes"), record.LessThanFrom)
	}
	return p, nil
}

// readID takes what keys of the store can hold and a log can show.
func (p *importPiece) readID(s string) record.Code {
	const longest = 128
	visible := !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
	if s == "" || len(s) > longest || !visible {
		return record.NotImportID
	}
	p.id = s
	return ""
}

func (p *importPiece) readSum(s string) record.Code {
	if sum, err := hex.DecodeString(s); err != nil || copy(p.end.Sum[:], sum) != len(p.end.Sum) || len(sum) != len(p.end.Sum) {
		return record.NotSHA256
	}
	return ""
}

func readCount(s string, into *int64) record.Code {
	n, err := strconv.ParseUint(s, 10, 63)
	if err != nil {
		return record.NotCount
	}
	*into = int64(n)
	return ""
}
