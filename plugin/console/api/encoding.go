package api

import (
	"bytes"
	"encoding/csv"
	"strings"
	"time"
)

// encoding writes records as a file, one by one.
type encoding[T any] struct {
	extension, contentType string
	// encode appends a record to buf, which begins with what stands before the
	// first one.
	encode func(*T) error
	buf    bytes.Buffer
}

func ndjsonOf[T any](in func(T, *time.Location) T, loc *time.Location) *encoding[T] {
	e := &encoding[T]{extension: "ndjson", contentType: "application/x-ndjson"}
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
	e.buf.WriteString(strings.Join(header, ",") + "\n")
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
