package console

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gatebook/gatebook/record"
)

// encoding is a file format for records, written page by page.
type encoding[T any] struct {
	extension, contentType string
	// head is what stands before the first record.
	head   string
	encode func(*bytes.Buffer, []T) error
}

func (c *Console) exportEventsCSV(w http.ResponseWriter, r *http.Request) error {
	return c.exportEvents(w, r, csvOf(record.EventCSVHeader, (*record.Event).CSV, c.location()))
}

func (c *Console) exportEventsNDJSON(w http.ResponseWriter, r *http.Request) error {
	return c.exportEvents(w, r, ndjsonOf(record.Event.In, c.location()))
}

func (c *Console) exportRequestsCSV(w http.ResponseWriter, r *http.Request) error {
	return c.exportRequests(w, r, csvOf(record.RequestCSVHeader, (*record.Request).CSV, c.location()))
}

func (c *Console) exportRequestsNDJSON(w http.ResponseWriter, r *http.Request) error {
	return c.exportRequests(w, r, ndjsonOf(record.Request.In, c.location()))
}

func (c *Console) exportEvents(w http.ResponseWriter, r *http.Request, as encoding[record.Event]) error {
	q, err := wholeQuery(c, r, record.ParseEventQuery)
	if err != nil {
		return err
	}
	q.Limit = record.MaxLimit
	return export(c, w, r, "events", as, func(ctx context.Context, cursor string) ([]record.Event, string, error) {
		q.Cursor = cursor
		return c.Source.Events(ctx, q)
	})
}

func (c *Console) exportRequests(w http.ResponseWriter, r *http.Request, as encoding[record.Request]) error {
	q, err := wholeQuery(c, r, record.ParseRequestQuery)
	if err != nil {
		return err
	}
	q.Limit = record.MaxLimit
	return export(c, w, r, "requests", as, func(ctx context.Context, cursor string) ([]record.Request, string, error) {
		q.Cursor = cursor
		return c.Source.Requests(ctx, q)
	})
}

// wholeQuery reads the question of an export or a stream.
func wholeQuery[Q any](c *Console, r *http.Request, parse func(url.Values, time.Time, *time.Location) (Q, error)) (q Q, err error) {
	values, err := exportQuery(r)
	if err != nil {
		return q, err
	}
	return parse(values, c.now(), c.location())
}

func exportQuery(r *http.Request) (url.Values, error) {
	values, err := queryOf(r)
	for _, name := range []string{"limit", "cursor"} {
		if values.Has(name) {
			return nil, &record.ParamError{Param: name, Reason: "is not a parameter here; nothing is left out"}
		}
	}
	return values, err
}

// export streams all that fetch finds, a page in memory at a time.
func export[T any](
	c *Console, w http.ResponseWriter, r *http.Request, name string, as encoding[T],
	fetch func(ctx context.Context, cursor string) ([]T, string, error),
) error {
	page, next, err := fetch(r.Context(), "")
	if err != nil {
		return fmt.Errorf("exporting %s: %w", name, err)
	}
	file := fmt.Sprintf("%s-%s-%s.%s", c.Source.Instance(), name, c.now().In(c.location()).Format(time.DateOnly), as.extension)
	w.Header().Set("Content-Type", as.contentType)
	w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", file))
	if r.Method == http.MethodHead {
		return nil
	}
	buf := bytes.NewBufferString(as.head)
	for {
		if err = as.encode(buf, page); err != nil {
			break
		}
		if _, err = w.Write(buf.Bytes()); err != nil || next == "" {
			return nil // a failed write means that the client has left
		}
		buf.Reset()
		if page, next, err = fetch(r.Context(), next); err != nil {
			break
		}
	}
	if !gone(r) {
		c.report(fmt.Errorf("exporting %s: %w", name, err))
	}
	// The status is out: only a connection that breaks tells the client that
	// its file is not whole.
	panic(http.ErrAbortHandler)
}

func ndjsonOf[T any](in func(T, *time.Location) T, loc *time.Location) encoding[T] {
	return encoding[T]{
		extension: "ndjson", contentType: "application/x-ndjson",
		encode: func(buf *bytes.Buffer, page []T) error {
			for _, v := range page {
				line, err := marshalLine(in(v, loc))
				if err != nil {
					return err
				}
				buf.Write(line)
			}
			return nil
		},
	}
}

func csvOf[T any](header []string, cells func(*T, *time.Location) []string, loc *time.Location) encoding[T] {
	return encoding[T]{
		extension: "csv", contentType: "text/csv; charset=utf-8; header=present",
		head: strings.Join(header, ",") + "\n",
		encode: func(buf *bytes.Buffer, page []T) error {
			out := csv.NewWriter(buf)
			for i := range page {
				out.Write(cells(&page[i], loc))
			}
			out.Flush()
			return out.Error()
		},
	}
}
