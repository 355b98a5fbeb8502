package plugin

import (
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/service"
)

// importParams reads the parameters of a request about imports. It refuses all but
// the wanted ones, and wants each of them once.
func importParams(r *http.Request, wanted ...string) (c service.ImportChunk, err error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return c, record.Invalid("query", "", record.InvalidEncoding, err.Error())
	}
	for name := range values {
		if !slices.Contains(wanted, name) {
			return c, record.Invalid(name, "", record.UnknownParam, strings.Join(wanted, ", "))
		}
	}
	read := map[string]func(string) record.Code{
		"id":    func(s string) record.Code { return readImportID(s, &c.ID) },
		"from":  func(s string) record.Code { return readCount(s, &c.From) },
		"bytes": func(s string) record.Code { return readCount(s, &c.End.Bytes) },
		"sum":   func(s string) record.Code { return readSum(s, &c.End.Sum) },
	}
	for _, name := range wanted {
		if len(values[name]) != 1 {
			return c, record.Invalid(name, "", record.NotGivenOnce)
		}
		if code := read[name](values.Get(name)); code != "" {
			return c, record.Invalid(name, values.Get(name), code)
		}
	}
	if c.End.Bytes < c.From {
		return c, record.Invalid("bytes", values.Get("bytes"), record.LessThanFrom)
	}
	return c, nil
}

// readImportID accepts ids that keys of the store can hold and a log can show.
func readImportID(s string, into *string) record.Code {
	const longest = 128
	visible := !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
	if s == "" || len(s) > longest || !visible {
		return record.NotImportID
	}
	*into = s
	return ""
}

func readSum(s string, into *[32]byte) record.Code {
	sum, err := hex.DecodeString(s)
	if err != nil || len(sum) != len(into) {
		return record.NotSHA256
	}
	copy(into[:], sum)
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
