package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

// heartbeat keeps proxies in between from taking a quiet stream for a dead one.
const heartbeat = 15 * time.Second

// maxMissed is how many entries a stream looks at for a reader who comes back. Then
// it ends: the reader comes back again, with the number of the last one.
const maxMissed = 10_000

// errMissedMore ends a stream that has looked at maxMissed entries.
var errMissedMore = errors.New("the reader missed more entries")

// LiveEvents streams new entries of the application log. The id of an entry in the
// stream is its number: who comes back with the last one in Last-Event-ID gets what
// was recorded meanwhile.
func (v *API) LiveEvents(w http.ResponseWriter, r *http.Request) error {
	q, err := unpagedQuery(v, r, query.ParseEvents)
	if err != nil {
		return err
	}
	last, again, err := lastEventID(r)
	if err != nil {
		return err
	}
	sent := uint64(0) // the number of the last entry of those that were missed
	write := func(e *record.Event) (line string, err error) {
		if e.Seq <= sent {
			return "", nil // it is in the stream and was in the log
		}
		if !q.Match(e) {
			return "", nil
		}
		data, err := dataLine(e.In(v.Location))
		if err != nil {
			return "", err
		}
		return fmt.Sprintf("id: %d\n%s", e.Seq, data), nil
	}
	s := stream[record.Event]{follow: v.Source.FollowEvents, line: write}
	if again {
		s.missed = func(ctx context.Context, send func(string) error) error {
			looked := 0
			return v.Source.EachEventAfter(ctx, last, func(e *record.Event) error {
				if looked++; looked > maxMissed {
					// An id without data sets where to begin the next time.
					return cmp.Or(send(fmt.Sprintf("retry: 1000\nid: %d\n\n", sent)), errMissedMore)
				}
				line, err := write(e)
				if err != nil {
					return err
				}
				sent = e.Seq
				return send(line)
			})
		}
	}
	return s.serve(v, w, r)
}

// lastEventID is where a reader who comes back has come to.
func lastEventID(r *http.Request) (seq uint64, again bool, err error) {
	value := r.Header.Get("Last-Event-ID")
	if value == "" {
		return 0, false, nil
	}
	if seq, err = strconv.ParseUint(value, 10, 64); err != nil {
		return 0, false, record.Invalid("Last-Event-ID", value, record.NotNumber, "0", strconv.FormatUint(math.MaxUint64, 10))
	}
	return seq, true, nil
}

// LiveRequests streams new requests.
func (v *API) LiveRequests(w http.ResponseWriter, r *http.Request) error {
	q, err := unpagedQuery(v, r, query.ParseRequests)
	if err != nil {
		return err
	}
	return stream[record.Request]{follow: v.Source.FollowRequests, line: func(req *record.Request) (string, error) {
		if !q.Match(req) {
			return "", nil
		}
		return dataLine(req.In(v.Location))
	}}.serve(v, w, r)
}

func dataLine(v any) (string, error) {
	data, err := marshalLine(v)
	if err != nil {
		return "", fmt.Errorf("streaming a record: %w", err)
	}
	return fmt.Sprintf("data: %s\n", data), nil
}

// stream sends records as server-sent events.
type stream[T any] struct {
	follow func(context.Context) <-chan T
	// missed sends what was recorded before the stream began; nil if that is not
	// asked for.
	missed func(ctx context.Context, send func(line string) error) error
	// line is what is sent of a record; "" is nothing.
	line func(*T) (string, error)
}

// serve streams what was missed and what is recorded from now on, until the reader
// leaves or the source ends the stream.
func (s stream[T]) serve(v *API, w http.ResponseWriter, r *http.Request) error {
	if r.Method == http.MethodHead {
		w.Header().Set("Content-Type", "text/event-stream")
		return nil
	}
	release, err := slot(w, v.Source.TakeStream)
	if err != nil {
		return err
	}
	defer release()
	defer noDeadline(w)
	w.Header().Set("Content-Type", "text/event-stream")
	records := s.follow(r.Context()) // before the log is read, so that nothing falls between
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	// The first line tells the reader that nothing is missed from here on.
	line := ": following\n\n"
	if s.missed != nil {
		if send(w, line) != nil {
			return nil
		}
		line = ""
		err := s.missed(r.Context(), func(line string) error {
			if err := send(w, line); err != nil {
				return errLeft
			}
			return nil
		})
		switch {
		case errors.Is(err, errLeft) || errors.Is(err, errMissedMore) || err != nil && r.Context().Err() != nil:
			return nil
		case err != nil:
			// The status is out. The reader comes back with the last number.
			v.Report(fmt.Errorf("streaming what was missed: %w", err))
			panic(http.ErrAbortHandler)
		}
	}
	for {
		if err := send(w, line); err != nil {
			// The client has left.
			return nil
		}
		select {
		case <-beat.C:
			line = ":\n\n"
		case rec, more := <-records:
			if !more {
				return nil
			}
			if line, err = s.line(&rec); err != nil {
				return err
			}
		}
	}
}

func send(w http.ResponseWriter, line string) error {
	if line == "" {
		return nil
	}
	if err := writeInTime(w, []byte(line)); err != nil {
		return err
	}
	return http.NewResponseController(w).Flush()
}
