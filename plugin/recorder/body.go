package recorder

import (
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"sync/atomic"
)

// CountBody counts what is read of r's body, if it can have one. It replaces
// r.Body.
func (rec *Recorder) CountBody(r *http.Request) {
	if r.ContentLength != 0 && r.Body != nil && r.Body != http.NoBody {
		r.Body = &countedBody{ReadCloser: r.Body, rec: rec}
	}
}

// countedBody is an allocation of its own because it can be read when the
// handler has long returned: a transport's write loop is not waited for.
type countedBody struct {
	io.ReadCloser
	rec *Recorder
	// closed says that a handler closed the body, so that errors of a read that
	// goes on meanwhile are not the client's.
	closed atomic.Bool
}

func (b *countedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.rec.in.Add(int64(n))
	switch {
	case err == nil || err == io.EOF || b.closed.Load():
	case errors.Is(err, os.ErrDeadlineExceeded): // too slow, but there
		b.rec.fail()
	case b.rec.Multiplexed() || connectionLost(err):
		b.rec.clientLeft()
	}
	return n, err
}

func (b *countedBody) Close() error {
	b.closed.Store(true)
	return b.ReadCloser.Close()
}

// connectionLost reports whether a body over HTTP/1.1 ended because the connection
// did. After a malformed chunk the client is there, and gets a response. HTTP/2 and 3
// have no such errors: what ends a body there ends the stream.
func connectionLost(err error) bool {
	var network *net.OpError
	return errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &network)
}
