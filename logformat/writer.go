package logformat

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/display"
)

// WriterFormat is a form in which records are written.
type WriterFormat string

// The forms.
const (
	// Table is for people: one line a record, in aligned columns.
	Table WriterFormat = "table"
	// NDJSONLines is one JSON object a line, with all there is.
	NDJSONLines WriterFormat = "ndjson"
	// CSV is for spreadsheets: a head line, then one line a record.
	CSV WriterFormat = "csv"
	// MarkedCSV is CSV that begins with a byte order mark.
	MarkedCSV WriterFormat = "csv with a byte order mark"
)

// ParseWriterFormat reads a form's name.
func ParseWriterFormat(s string) (WriterFormat, error) {
	switch f := WriterFormat(s); f {
	case Table, NDJSONLines, CSV:
		return f, nil
	}
	return "", fmt.Errorf("%q must be table, ndjson or csv", brief(s))
}

// Writer writes a list of requests, of events, of failures or of flags. What it is given is
// written when the call returns, except for the first rows of a table, which
// wait for each other to learn how wide the columns are; see Flush.
type Writer struct {
	out    *bufio.Writer
	format WriterFormat
	loc    *time.Location
	// kind is the kind of records listed, "" until the first call.
	kind  string
	table *table
}

// NewWriter returns a writer that shows times in loc; nil means UTC.
func NewWriter(w io.Writer, format WriterFormat, loc *time.Location) *Writer {
	if loc == nil {
		loc = time.UTC
	}
	return &Writer{out: bufio.NewWriter(w), format: format, loc: loc}
}

// Requests writes requests. Called with none it writes the head of the list.
func (w *Writer) Requests(requests ...record.Request) error { return write(w, requestList, requests) }

// Events writes events. Called with none it writes the head of the list.
func (w *Writer) Events(events ...record.Event) error { return write(w, eventList, events) }

// Failures writes failed requests in groups. Called with none it writes the
// head of the list.
func (w *Writer) Failures(groups ...record.FailureGroup) error { return write(w, failureList, groups) }

// Flags writes flags. Called with none it writes the head of the list.
func (w *Writer) Flags(flags ...record.Flag) error { return write(w, flagList, flags) }

// Flush writes the rows of a table that still wait; the columns keep from then
// on the widths that these rows had. Call it at the end, and whenever somebody
// is waiting for the rows so far.
func (w *Writer) Flush() error {
	if w.table != nil {
		w.table.flush(w.out)
	}
	return w.out.Flush()
}

// list describes how one kind of record is listed.
type list[T any] struct {
	kind string
	// columns and cells make the table; cells may return what is unsafe to
	// show. header and csv make the CSV, which is safe already.
	columns []column
	cells   func(*T, *time.Location) []string
	header  []string
	csv     func(*T, *time.Location) []string
	// in returns the record with its times in a place.
	in func(T, *time.Location) T
}

func write[T any](w *Writer, l *list[T], records []T) error {
	first := w.kind == ""
	if !first && w.kind != l.kind {
		return fmt.Errorf("a list of %s cannot hold %s", w.kind, l.kind)
	}
	w.kind = l.kind
	switch w.format {
	case Table:
		writeTable(w, l, records)
	case CSV, MarkedCSV:
		writeCSV(w, l, records, first)
	default:
		if err := writeNDJSON(w, l, records); err != nil {
			return err
		}
	}
	return w.out.Flush() // which also knows of earlier errors
}

func writeTable[T any](w *Writer, l *list[T], records []T) {
	if w.table == nil {
		w.table = newTable(l.columns, w.loc)
	}
	for i := range records {
		w.table.add(w.out, l.cells(&records[i], w.loc))
	}
}

func writeCSV[T any](w *Writer, l *list[T], records []T, first bool) {
	out := csv.NewWriter(w.out)
	if first {
		if w.format == MarkedCSV {
			_, _ = w.out.WriteString("\ufeff")
		}
		_ = out.Write(l.header)
	}
	for i := range records {
		_ = out.Write(l.csv(&records[i], w.loc))
	}
	out.Flush()
}

func writeNDJSON[T any](w *Writer, l *list[T], records []T) error {
	for i := range records {
		line, err := json.Marshal(l.in(records[i], w.loc))
		if err != nil {
			return fmt.Errorf("writing one of the %s as JSON: %w", l.kind, err)
		}
		_, _ = w.out.Write(display.VisibleJSON(line))
		_ = w.out.WriteByte('\n')
	}
	return nil
}
