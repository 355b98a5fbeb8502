package request

import (
	"net/http"
	"sync"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/plugin/detection"
	"github.com/gatebook/gatebook/plugin/logs"
	"github.com/gatebook/gatebook/plugin/recorder"
	"github.com/gatebook/gatebook/record"
)

// finished is a finished request as the log and the detector get it.
type finished struct {
	record.Request
	observed abuse.Request
}

// pool reuses finished requests: a record is copied into the queue before it is put
// back.
var pool = sync.Pool{New: func() any { return new(finished) }}

// record puts the request into the server log, once. r has what other handlers found
// out about it.
func (q *Recorded) record(r *http.Request, end recorder.End) {
	if q.state.Swap(stateRecorded) == stateRecorded || q.logs == nil {
		return
	}
	defer q.logs.InFlight.Leave(&q.place)
	f := pool.Get().(*finished)
	f.Request = record.Request{IP: parseClient(q.client), User: userID(r.Context())}
	if d := q.details; d != nil {
		f.RequestID, f.Error, f.Verdict = d.requestID, d.failure, d.verdict
	}
	q.Finish(&f.Request, end)
	q.redactRecord(&f.Request)
	q.observe(r, f)
	if !q.skip { // a request that is not recorded is observed all the same
		q.logs.Record(&f.Request)
	}
	pool.Put(f)
}

// observe passes the finished request to the detector.
func (q *Recorded) observe(r *http.Request, f *finished) {
	if q.origin == detection.FromProxy {
		return
	}
	f.observed = detection.RequestOf(r, &f.Request, q.session, q.origin)
	q.logs.Detection.Observe(&f.observed)
}

// Interrupt records a request that is cut off while its handlers are at work. It
// touches nothing that they may be writing.
func (q *Recorded) Interrupt() {
	if q.state.Swap(stateRecorded) == stateRecorded || q.skip {
		return
	}
	var r record.Request
	q.Recorder.Interrupt(&r, time.Now())
	if !q.WroteHeader() {
		r.Error = &record.Failure{Source: record.SourceGate, Type: "Interrupted", Message: "the gate ended while the request was being served"}
	}
	r.IP = parseClient(q.client)
	q.redactRecord(&r)
	q.logs.Record(&r)
}

func (q *Recorded) redactRecord(r *record.Request) {
	if q.redact.Load() || q.consoles.at(r.Host, r.Path) {
		r.Query, r.Referer = redactQuery(r.Query), redactQuery(r.Referer)
		return
	}
	r.Referer = q.consoles.redactReferer(r.Referer, r.Host)
	r.Query = q.consoles.redactLinks(r.Query, r.Host)
}

// Interface guard
var _ logs.Request = (*Recorded)(nil)
