package recorder

import (
	"io"
	"net/http"
)

// Header returns the server's own header map, so that trailers work.
func (rec *Recorder) Header() http.Header { return rec.w.Header() }

// WriteHeader calls the hook and passes the header on. Later calls, and calls
// with what is no status, go straight to the server, which has its own answer
// to them.
func (rec *Recorder) WriteHeader(status int) {
	if rec.WroteHeader() || rec.hijacked || status < 100 || status > 999 {
		rec.w.WriteHeader(status)
		return
	}
	if status >= 200 || status == http.StatusSwitchingProtocols {
		rec.outcome.Or(uint32(status))
	}
	if rec.hook != nil {
		rec.hook.BeforeHeader(status, rec.w.Header())
	}
	rec.w.WriteHeader(status)
}

// beforeBody writes the header that a body implies. The server would do so as
// well, but without the hook.
func (rec *Recorder) beforeBody() {
	if !rec.WroteHeader() && !rec.hijacked {
		rec.WriteHeader(http.StatusOK)
	}
}

func (rec *Recorder) Write(p []byte) (int, error) {
	rec.beforeBody()
	n, err := rec.w.Write(p)
	rec.wrote(int64(n), err)
	return n, err
}

// WriteString implements [io.StringWriter], which spares a copy where the
// server does.
func (rec *Recorder) WriteString(s string) (int, error) {
	rec.beforeBody()
	n, err := io.WriteString(rec.w, s)
	rec.wrote(int64(n), err)
	return n, err
}

// ReadFrom implements [io.ReaderFrom] by way of the server's, which lets the
// kernel copy files. An error counts against the response even if it came from
// src: its end is missing either way.
func (rec *Recorder) ReadFrom(src io.Reader) (n int64, err error) {
	rec.beforeBody()
	if rf, ok := rec.w.(io.ReaderFrom); ok {
		n, err = rf.ReadFrom(src)
	} else {
		n, err = io.Copy(rec.w, src)
	}
	rec.wrote(n, err)
	return n, err
}

// FlushError sends what is buffered, the header at least.
func (rec *Recorder) FlushError() error {
	rec.beforeBody()
	err := http.NewResponseController(rec.w).Flush()
	rec.wrote(0, err)
	return err
}

// Flush implements [http.Flusher] for handlers that do not know
// [http.ResponseController].
func (rec *Recorder) Flush() { _ = rec.FlushError() }

// Push implements [http.Pusher]; it returns [http.ErrNotSupported] where the
// server cannot push.
func (rec *Recorder) Push(target string, opts *http.PushOptions) error {
	if p, ok := rec.w.(http.Pusher); ok {
		return p.Push(target, opts)
	}
	return http.ErrNotSupported
}

// Unwrap lets [http.ResponseController] find what is not implemented here,
// such as deadlines.
func (rec *Recorder) Unwrap() http.ResponseWriter { return rec.w }

// Interface guards
var (
	_ http.ResponseWriter = (*Recorder)(nil)
	_ http.Flusher        = (*Recorder)(nil)
	_ http.Hijacker       = (*Recorder)(nil)
	_ http.Pusher         = (*Recorder)(nil)
	_ io.ReaderFrom       = (*Recorder)(nil)
	_ io.StringWriter     = (*Recorder)(nil)

	_ interface{ FlushError() error }           = (*Recorder)(nil)
	_ interface{ Unwrap() http.ResponseWriter } = (*Recorder)(nil)
)
