// Package recorder wraps one response, notices its final header and measures
// it, without buffering anything and without hiding what the server's own
// writer can do.
package recorder

import (
	"errors"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/gatebook/gatebook/record"
)

// Statuses that are recorded and never sent; nginx has them, too.
const (
	// StatusNoResponse is recorded where a handler closed the connection
	// without a response, as Caddy's `abort` does.
	StatusNoResponse = 444
	// StatusClientClosed is recorded where the client left before there was a
	// status.
	StatusClientClosed = 499
)

// HeaderHook is called with every header before it goes out, those of 1xx
// responses included, and may change it. It is called exactly once for the
// final header (a status of 200 or more, or 101), on the goroutine that writes
// it and before any byte of it leaves.
//
// A handler that writes nothing leaves the header to the server, which asks no
// hook. Whoever needs it asked then calls WriteHeader after the handler.
type HeaderHook interface {
	BeforeHeader(status int, h http.Header)
}

// Recorder is the [http.ResponseWriter] that handlers see instead of the
// server's. Embed it in a per-request struct, so that one allocation serves
// both. It must be neither copied nor reused: hijacked connections and
// transports that still read the body hold on to it after the handler.
//
// There is one for every request: its size is a promise (docs/benchmarks.md),
// and a test holds it.
type Recorder struct {
	w    http.ResponseWriter
	hook HeaderHook

	// What handlers may change in the request while they serve it; see
	// asked.go. Before the target stand the method and a space if the method is
	// none of methods.
	line, host, userAgent, referer string

	at    int64         // when it began, in microseconds since 1970
	start time.Duration // the same since epoch, by the clock that is never set
	out   atomic.Int64  // the body, or all that was sent after an upgrade
	in    atomic.Int64
	// outcome is the final status, 0 until the final header, and failed.
	outcome atomic.Uint32
	// hijacked reports whether the response has become a tunnel.
	hijacked bool

	method       uint8 // its place in methods, from 1 on
	major, minor uint8 // the protocol's version
}

const (
	statusBits uint32 = 1<<10 - 1 // of an outcome; a status has three digits
	// failed reports whether the request could not be read, or the response not
	// written, to its end.
	failed uint32 = 1 << 10
	// left reports whether the client was gone before there was a final header.
	left uint32 = 1 << 11
)

// epoch is a moment of this process, from which on durations are measured.
var epoch = time.Now()

// Start begins to record r's response on w. The hook may be nil. Start must
// come before anything has been written, and only once.
func (rec *Recorder) Start(w http.ResponseWriter, r *http.Request, hook HeaderHook, now time.Time) {
	rec.w, rec.hook, rec.at, rec.start = w, hook, now.UnixMicro(), now.Sub(epoch)
	rec.keep(r)
}

// Status is the final status that was written, 0 while there is none.
func (rec *Recorder) Status() int { return int(rec.outcome.Load() & statusBits) }

// WroteHeader reports whether the final header has been written.
func (rec *Recorder) WroteHeader() bool { return rec.Status() != 0 }

func (rec *Recorder) fail() { rec.outcome.Or(failed) }

func (rec *Recorder) failed() bool { return rec.outcome.Load()&failed != 0 }

// clientLeft remembers that the client is gone. Once the final header is out, it
// may have had that.
func (rec *Recorder) clientLeft() {
	for {
		old := rec.outcome.Load()
		is := old | failed
		if old&statusBits == 0 {
			is |= left
		}
		if rec.outcome.CompareAndSwap(old, is) {
			return
		}
	}
}

// ClientLeft reports whether the client was gone before there was a final header,
// as far as the body of the request shows. That of HTTP/1.1 is all there is to tell:
// a client that has closed its own side after its request may still read.
func (rec *Recorder) ClientLeft() bool { return rec.outcome.Load()&left != 0 }

// Multiplexed reports whether the request has a stream of its own, as in HTTP/2 and
// 3. The end of its context is then that of the stream, and nobody gets a response.
func (rec *Recorder) Multiplexed() bool { return rec.major > 1 }

// Hijacked reports whether the connection was taken over.
func (rec *Recorder) Hijacked() bool { return rec.hijacked }

// End is how a handler ended.
type End struct {
	Now time.Time
	// Status is what the server will send, because the handler returned an
	// error before it wrote a header; 0 when there was none.
	Status int
	// ContextErr is the request context's error at the handler's return,
	// before the server itself cancels it.
	ContextErr error
	// ClientLeft reports whether the client was gone before there was a final
	// header. No status reached it then, whatever handlers wrote.
	ClientLeft bool
	// Panicked reports whether the handler panicked instead of returning, and
	// Aborted whether it did so to have the connection closed, by
	// [http.ErrAbortHandler].
	Panicked, Aborted bool
}

// Finish fills in out what happened, as far as the writer and the request
// tell it. It does not touch the other fields.
//
// The status is [StatusClientClosed] if end.ClientLeft, whatever was written; else the
// written one. Without a written header it is 101 for a hijacked connection;
// end.Status; for a panic, on which the server closes the connection or resets the
// stream without a response, [StatusNoResponse] if that was its purpose, else 500; or
// 200, which the server sends by itself. A client that left before another panic, or
// before there was any of these, makes it [StatusClientClosed].
func (rec *Recorder) Finish(out *record.Request, end End) {
	rec.describe(out, end.Now)
	out.Status = rec.finalStatus(end)
	if end.ClientLeft {
		out.Bytes = 0 // an error page that was written for nobody
	}
	out.Aborted = end.Panicked || end.ClientLeft || rec.failed() || rec.short() ||
		end.ContextErr != nil && out.Status == StatusClientClosed
}

// Interrupt fills in out what happened so far, for a request that the process
// cuts off because it ends. Unlike the other methods it may be called while
// the handler is still at work.
func (rec *Recorder) Interrupt(out *record.Request, now time.Time) {
	rec.describe(out, now)
	out.Aborted = true
	if out.Status = rec.Status(); out.Status == 0 {
		out.Status = http.StatusInternalServerError
	}
}

// describe fills in what needs no knowledge of how the handler ended.
func (rec *Recorder) describe(out *record.Request, now time.Time) {
	out.Time = time.UnixMicro(rec.at).UTC()
	out.Duration = max(0, now.Sub(epoch)-rec.start)
	rec.describeAsked(out)
	out.Bytes = rec.out.Load()
	out.BytesIn = rec.in.Load()
}

func (rec *Recorder) finalStatus(end End) int {
	switch {
	case end.ClientLeft:
		return StatusClientClosed
	case rec.WroteHeader():
		return rec.Status()
	case rec.hijacked:
		return http.StatusSwitchingProtocols
	case end.Aborted && end.Status == 0:
		return StatusNoResponse
	case end.ContextErr != nil && (end.Panicked || end.Status == 0):
		return StatusClientClosed
	case end.Status != 0:
		return end.Status
	case end.Panicked:
		return http.StatusInternalServerError
	}
	return http.StatusOK
}

// short reports whether less was written than Content-Length declared, upon
// which the server breaks the connection.
func (rec *Recorder) short() bool {
	if !rec.WroteHeader() || rec.hijacked || rec.bodiless() {
		return false
	}
	declared := first(rec.w.Header()["Content-Length"])
	if declared == "" {
		return false
	}
	n, err := strconv.ParseInt(declared, 10, 64)
	return err == nil && rec.out.Load() < n
}

func (rec *Recorder) bodiless() bool {
	status := rec.Status()
	return rec.head() || status < 200 ||
		status == http.StatusNoContent || status == http.StatusNotModified
}

// wrote counts n bytes of the body, and remembers when they were not all. Of a
// write that fails, HTTP/2 returns 0 even if a part of it has left.
func (rec *Recorder) wrote(n int64, err error) {
	// The server takes the body of a HEAD response, and drops it.
	if !rec.head() {
		rec.out.Add(n)
	}
	if err != nil && !ofHandler(err) {
		rec.fail()
	}
}

// ofHandler reports whether err is about what the handler asked for, which
// does not keep the client from getting the whole response.
func ofHandler(err error) bool {
	return errors.Is(err, http.ErrBodyNotAllowed) || errors.Is(err, http.ErrContentLength) ||
		errors.Is(err, http.ErrHijacked) || errors.Is(err, errors.ErrUnsupported)
}
