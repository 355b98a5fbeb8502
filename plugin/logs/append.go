package logs

import (
	"context"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/applog"
)

// appendTimeout is how long a response waits until its events are on the disk. Then
// the store counts as failed: an action that succeeded must not look as if it had
// not.
const appendTimeout = 250 * time.Millisecond

// reportEvery is how often at most a failure to store events is logged.
const reportEvery = int64(time.Second)

// Record puts a request into the server log, or counts it as lost if the log is not
// open.
func (l *Logs) Record(r *record.Request) {
	if log, _ := l.ServerLog(); log != nil {
		log.Record(r)
		return
	}
	l.lostRequests.Add(1)
}

// AppendOrSpill appends the events of a response to the application log, and returns
// what became of each. If the log is too slow or cannot be written, it keeps them in
// memory, to be stored later, and returns nil. rejected counts the events that were
// malformed.
func (l *Logs) AppendOrSpill(events []record.Event, rejected int) []applog.Appended {
	const unstored = "events could not be stored before their response was released"
	log, err := l.AppLog()
	if err != nil {
		l.lostEvents.Add(uint64(len(events)))
		l.reportUnstored(unstored, err, len(events))
		return nil
	}
	log.Reject(rejected)
	// Not the request's context: what was done stays done when the client leaves.
	ctx, cancel := context.WithTimeout(context.Background(), appendTimeout)
	defer cancel()
	stored, err := log.AppendEach(ctx, events)
	if err != nil {
		log.Spill(events...)
		l.reportUnstored(unstored, err, len(events))
		return nil
	}
	return stored
}

// Append appends events to the application log. The sender keeps those that are not
// stored. rejected counts the events that were malformed.
func (l *Logs) Append(ctx context.Context, events []record.Event, rejected int) ([]applog.Appended, error) {
	stored, err := l.append(ctx, events, rejected)
	if err != nil {
		l.reportUnstored("ingested events could not be stored; who sent them was asked to send them again", err, len(events))
	}
	return stored, err
}

func (l *Logs) append(ctx context.Context, events []record.Event, rejected int) ([]applog.Appended, error) {
	log, err := l.AppLog()
	if err != nil {
		return nil, err
	}
	stored, err := log.AppendEach(ctx, events)
	if err == nil {
		log.Reject(rejected)
	}
	return stored, err
}

// reportUnstored logs that events were not stored, at most once in reportEvery.
func (l *Logs) reportUnstored(what string, err error, events int) {
	now := time.Now().UnixNano()
	if last := l.reported.Load(); now-last < reportEvery || !l.reported.CompareAndSwap(last, now) {
		return
	}
	l.o.Log.Error(what, "error", err, "instance", l.o.Instance, "events", events)
}
