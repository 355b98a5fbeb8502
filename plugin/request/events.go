package request

import (
	"fmt"
	"slices"
	"time"

	"github.com/gatebook/gatebook/plugin/appevent"
	"github.com/gatebook/gatebook/plugin/detection"
	"github.com/gatebook/gatebook/plugin/logs"
	"github.com/gatebook/gatebook/record"
)

// appendEvents stores the events and the failure that the application sent with a
// response, as lines of their headers. It returns when the events are on the disk, or
// in memory if that is not possible.
func (q *Recorded) appendEvents(events, failures []string, status int, trailer bool) {
	if len(events) == 0 && len(failures) == 0 {
		return
	}
	q.took = q.took || len(events) > 0
	parsed, rejected := q.parseEvents(events, status, trailer)
	if q.logs != nil && len(parsed) > 0 {
		if stored := q.logs.AppendOrSpill(parsed, rejected); stored != nil {
			r := detection.LoginRequest{Client: q.asClient(q.Path()), Origin: q.origin, Response: q.Header()}
			q.logs.Detection.ObserveLogins(r, parsed, stored)
		}
	}
	q.setFailure(failures)
}

// parseEvents returns the events in lines, with one more for each that is malformed,
// and how many are.
func (q *Recorded) parseEvents(lines []string, status int, trailer bool) (events []record.Event, malformed int) {
	from := appevent.Origin{
		Now:       time.Now(),
		Status:    status,
		Method:    q.Method(),
		Route:     q.Path(),
		Host:      q.Host(),
		RequestID: q.ID(),
		Trailer:   trailer,
	}
	events, rejected := appevent.Parse(lines, from, appevent.DefaultLimits)
	if q.cached {
		// An event with an id is recognized when it comes again. The others, and
		// what is malformed, were stored when the response came first.
		all := len(events)
		events = slices.DeleteFunc(events, func(e record.Event) bool { return slices.Contains(e.Marks, record.MarkNoID) })
		rejected = nil
		if replayed := all - len(events); replayed > 0 && q.logs != nil {
			q.logs.CountNotTaken(logs.Replayed, replayed, q.route())
		}
	}
	for _, no := range rejected {
		events = append(events, no.Event(from))
	}
	return events, len(rejected)
}

// setFailure keeps the failure that the application reported, for the server log.
// Nothing of it goes into the application log, not even that it was malformed.
func (q *Recorded) setFailure(lines []string) {
	failure, rejected := appevent.ParseFailure(lines, appevent.DefaultLimits)
	if failure == nil && len(rejected) > 0 {
		no := rejected[0]
		failure = &record.Failure{
			Source:  record.SourceApp,
			Message: fmt.Sprintf("%s could not be read: %s, at byte %d of %d", appevent.ErrorHeader, no.Reason, no.Offset, no.Length),
		}
	}
	if failure != nil {
		q.detailed().failure = failure
	}
}
