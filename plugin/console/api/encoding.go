package api

import (
	"bytes"
	"encoding/csv"
	"net/http"
	"strings"
	"time"

	"github.com/gatebook/gatebook/plugin/console/view"
	"github.com/gatebook/gatebook/record"
)

// encoding writes records as a file, one by one.
type encoding[T any] struct {
	extension, contentType string
	// params are the parameters that begin reads, beside those of the query.
	params []string
	begin  func(*http.Request) error
	// encode appends a record to buf, which begins with what stands before the
	// first one.
	encode func(*T) error
	buf    bytes.Buffer
}

func ndjsonOf[T any](in func(T, *time.Location) T, loc *time.Location) *encoding[T] {
	e := &encoding[T]{extension: "ndjson", contentType: "application/x-ndjson", begin: func(*http.Request) error { return nil }}
	e.encode = func(v *T) error {
		line, err := marshalLine(in(*v, loc))
		if err != nil {
			return err
		}
		e.buf.Write(line)
		return nil
	}
	return e
}

func csvOf[T any](header []string, cells func(*T, *time.Location) []string, loc *time.Location) *encoding[T] {
	e := &encoding[T]{extension: "csv", contentType: "text/csv; charset=utf-8; header=present"}
	e.params = []string{"bom"}
	e.begin = func(r *http.Request) error {
		marked, err := byteOrderMark(r)
		if marked {
			e.buf.WriteString("\ufeff")
		}
		e.buf.WriteString(strings.Join(header, ",") + "\n")
		return err
	}
	out := csv.NewWriter(&e.buf)
	e.encode = func(v *T) error {
		if err := out.Write(cells(v, loc)); err != nil {
			return err
		}
		out.Flush()
		return out.Error()
	}
	return e
}

// byteOrderMark reports whether the file is to begin with a byte order mark, without
// which some spreadsheets do not take it for UTF-8.
func byteOrderMark(r *http.Request) (bool, error) {
	values, err := view.Query(r)
	if err != nil {
		return false, err
	}
	given := values["bom"]
	switch {
	case len(given) > 1:
		return false, record.Invalid("bom", given[1], record.GivenTwice)
	case len(given) == 0 || given[0] == "false" || given[0] == "":
		return false, nil
	case given[0] != "true":
		return false, record.Invalid("bom", given[0], record.NotOneOf, "true, false")
	}
	return true, nil
}
