package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/gatebook/gatebook/plugin/console/view"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/display"
	"github.com/gatebook/gatebook/record/query"
)

// EventsCSV exports entries of the application log as CSV.
func (v *API) EventsCSV(w http.ResponseWriter, r *http.Request) error {
	return v.exportEvents(w, r, csvOf(display.EventHeader, display.EventRow, v.Location))
}

// EventsNDJSON exports entries of the application log as NDJSON.
func (v *API) EventsNDJSON(w http.ResponseWriter, r *http.Request) error {
	return v.exportEvents(w, r, ndjsonOf(record.Event.In, v.Location))
}

// RequestsCSV exports requests as CSV.
func (v *API) RequestsCSV(w http.ResponseWriter, r *http.Request) error {
	return v.exportRequests(w, r, csvOf(display.RequestHeader, display.RequestRow, v.Location))
}

// RequestsNDJSON exports requests as NDJSON.
func (v *API) RequestsNDJSON(w http.ResponseWriter, r *http.Request) error {
	return v.exportRequests(w, r, ndjsonOf(record.Request.In, v.Location))
}

func (v *API) exportEvents(w http.ResponseWriter, r *http.Request, as *encoding[record.Event]) error {
	q, err := unpagedQuery(v, r, query.ParseEvents, as.params...)
	if err == nil {
		err = as.begin(r)
	}
	if err != nil {
		return err
	}
	q.Limit = query.MaxLimit
	return export(v, w, r, eventExport(&q), as, func(ctx context.Context, yield func(*record.Event) error) error {
		return eachEvent(ctx, v.Source, q, yield)
	})
}

// eachEvent calls yield for all that match, newest first, until it returns an
// error. It reads page by page: the application log has indexes that find where
// the next one begins.
func eachEvent(ctx context.Context, log view.EventLog, q query.Events, yield func(*record.Event) error) error {
	for {
		page, next, err := log.Events(ctx, q)
		if err != nil {
			return err
		}
		for i := range page {
			if err := yield(&page[i]); err != nil {
				return err
			}
		}
		if next == "" {
			return nil
		}
		q.Cursor = next
	}
}

// exportRequests asks once: in the server log each page would be a search of
// its own.
func (v *API) exportRequests(w http.ResponseWriter, r *http.Request, as *encoding[record.Request]) error {
	q, err := unpagedQuery(v, r, query.ParseRequests, as.params...)
	if err == nil {
		err = as.begin(r)
	}
	if err != nil {
		return err
	}
	return export(v, w, r, requestExport(&q), as, func(ctx context.Context, yield func(*record.Request) error) error {
		return v.Source.EachRequest(ctx, q, yield)
	})
}

// unpagedQuery parses the query of an export or a stream, which has no pages. The
// parameters own are left to the caller.
func unpagedQuery[Q any](v *API, r *http.Request, parse queryParser[Q], own ...string) (q Q, err error) {
	values, err := exportQuery(r)
	if err != nil {
		return q, err
	}
	for _, name := range own {
		values.Del(name)
	}
	return parse(values, v.Now, v.Location)
}

func exportQuery(r *http.Request) (url.Values, error) {
	values, err := view.Query(r)
	for _, name := range []string{"limit", "cursor"} {
		if values.Has(name) {
			return nil, &record.ParamError{Param: name, Reason: record.NothingLeftOut.With()}
		}
	}
	return values, err
}

// errEnough stops a read whose rest is not needed, errLeft one whose client has
// left.
var (
	errEnough = errors.New("enough was read")
	errLeft   = errors.New("the client has left")
)

// chunk is how many bytes of an export wait in memory before they go out.
const chunk = 64 << 10

// export streams all that each yields, a chunk in memory at a time, and leaves an
// entry of it.
func export[T any](
	v *API, w http.ResponseWriter, r *http.Request, t exportEntry, as *encoding[T],
	each func(ctx context.Context, yield func(*T) error) error,
) error {
	release, err := slot(w, v.Source.TakeExport)
	if err != nil {
		return err
	}
	defer release()
	defer noDeadline(w)
	t.format = as.extension
	started := false
	send := func() error {
		if !started {
			started = true
			v.setFileHeader(w.Header(), t.log.file, as.extension, as.contentType)
		}
		if r.Method == http.MethodHead {
			return errEnough
		}
		if err := writeInTime(w, as.buf.Bytes()); err != nil {
			return errLeft
		}
		as.buf.Reset()
		return nil
	}
	err = each(r.Context(), func(value *T) error {
		if err := as.encode(value); err != nil {
			return err
		}
		t.rows++
		if as.buf.Len() < chunk && r.Method != http.MethodHead {
			return nil
		}
		return send()
	})
	if err == nil {
		err = send()
	}
	if r.Method != http.MethodHead {
		v.auditExport(r, t, err)
	}
	switch {
	case err == nil || errors.Is(err, errEnough) || errors.Is(err, errLeft):
		return nil
	case !started:
		return fmt.Errorf("exporting %s: %w", t.log.file, err)
	case !view.ClientLeft(r):
		v.Report(fmt.Errorf("exporting %s: %w", t.log.file, err))
	}
	// The status is out: only a connection that breaks tells the client that
	// its file is truncated.
	panic(http.ErrAbortHandler)
}

func (v *API) setFileHeader(h http.Header, name, extension, contentType string) {
	file := fmt.Sprintf("%s-%s-%s.%s", v.Instance, name, v.Now.In(v.Location).Format(time.DateOnly), extension)
	h.Set("Content-Type", contentType)
	h.Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", file))
}
