package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

// heartbeat keeps proxies in between from taking a quiet stream for a dead one.
const heartbeat = 15 * time.Second

// LiveEvents streams new entries of the application log.
func (v *API) LiveEvents(w http.ResponseWriter, r *http.Request) error {
	q, err := unpagedQuery(v, r, query.ParseEvents)
	if err != nil {
		return err
	}
	return live(v, w, r, v.Source.FollowEvents, func(e record.Event) (any, bool) {
		return e.In(v.Location), q.Match(&e)
	})
}

// LiveRequests streams new requests.
func (v *API) LiveRequests(w http.ResponseWriter, r *http.Request) error {
	q, err := unpagedQuery(v, r, query.ParseRequests)
	if err != nil {
		return err
	}
	return live(v, w, r, v.Source.FollowRequests, func(req record.Request) (any, bool) {
		return req.In(v.Location), q.Match(&req)
	})
}

// live streams what is recorded from now on as server-sent events, until the
// reader leaves or the source ends the stream.
func live[T any](
	v *API, w http.ResponseWriter, r *http.Request,
	follow func(context.Context) <-chan T, show func(T) (shown any, asked bool),
) error {
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
	records := follow(r.Context())
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	// The first line tells the reader that nothing is missed from here on.
	line := ": following\n\n"
	for {
		if err := send(w, line); err != nil {
			// The client has left.
			return nil
		}
		line = ""
		select {
		case <-beat.C:
			line = ":\n\n"
		case rec, more := <-records:
			if !more {
				return nil
			}
			shown, asked := show(rec)
			if !asked {
				continue
			}
			data, err := marshalLine(shown)
			if err != nil {
				return fmt.Errorf("streaming a record: %w", err)
			}
			line = fmt.Sprintf("data: %s\n", data)
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
