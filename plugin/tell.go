package plugin

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/gatebook/gatebook/plugin/appevent"
	"github.com/gatebook/gatebook/plugin/detection"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/applog"
)

// appendPatience is how long a response waits for its events to be on the
// disk. After that the store counts as failed: an action that succeeded must
// not look as if it had not.
const appendPatience = 250 * time.Millisecond

// reportEvery bounds how often a failure to store events is logged.
const reportEvery = int64(time.Second)

// tell stores what the application told with a response. It returns when the
// events are on the disk, or in memory for want of one.
func (x *exchange) tell(lines, failures []string, status int, trailer bool) {
	if len(lines) == 0 && len(failures) == 0 {
		return
	}
	from := appevent.Origin{
		Now:       time.Now(),
		Status:    status,
		Method:    x.Method(),
		Route:     x.Path(),
		Host:      x.Host(),
		RequestID: x.joinID(),
		Trailer:   trailer,
	}
	events, rejected := appevent.Parse(lines, from, appevent.DefaultLimits)
	if x.cached {
		// Those with an id are known by it when they come again. The others,
		// and what is wrong with a header, were told when they came first.
		events = slices.DeleteFunc(events, func(e record.Event) bool { return slices.Contains(e.Marks, record.MarkNoID) })
		rejected = nil
	}
	for _, no := range rejected {
		events = append(events, no.Event(from))
	}
	if x.books != nil && len(events) > 0 {
		if stored := x.books.tell(events, len(rejected)); stored != nil {
			x.books.detection.ObserveLogins(detection.LoginRequest{Client: x.asClient(x.Path()), Origin: x.origin, Response: x.Header()}, events, stored)
		}
	}
	x.tellFailure(failures)
}

// joinID is the id that joins the request with its events.
func (x *exchange) joinID() string {
	t := x.tells()
	if t.requestID == "" {
		t.requestID = uuid.NewString()
	}
	return t.requestID
}

// tellFailure keeps what the application's operators are to know with the
// request. Nothing of it goes into the application log, not even that it could
// not be read.
func (x *exchange) tellFailure(lines []string) {
	failure, rejected := appevent.ParseFailure(lines, appevent.DefaultLimits)
	if failure == nil && len(rejected) > 0 {
		no := rejected[0]
		failure = &record.Failure{
			Source:  record.SourceApp,
			Message: fmt.Sprintf("%s could not be read: %s, at byte %d of %d", appevent.ErrorHeader, no.Reason, no.Offset, no.Length),
		}
	}
	if failure != nil {
		x.tells().failure = failure
	}
}

// tell appends events to the application log, and keeps them in memory when
// that fails. It returns nil then, else what became of each.
func (b *books) tell(events []record.Event, rejected int) []applog.Appended {
	log, err := b.events()
	if err != nil {
		b.untold.Add(uint64(len(events)))
		b.report(storedLate, err, len(events))
		return nil
	}
	log.Reject(rejected)
	// Not the request's context: what was done stays done when the client
	// leaves.
	ctx, cancel := context.WithTimeout(context.Background(), appendPatience)
	defer cancel()
	stored, err := log.AppendEach(ctx, events)
	if err != nil {
		log.Spill(events...)
		b.report(storedLate, err, len(events))
		return nil
	}
	return stored
}

const storedLate = "events could not be stored before their response was released"

func (b *books) report(what string, err error, events int) {
	now := time.Now().UnixNano()
	if last := b.reported.Load(); now-last < reportEvery || !b.reported.CompareAndSwap(last, now) {
		return
	}
	b.log.Error(what, "error", err, "instance", b.instance, "events", events)
}
