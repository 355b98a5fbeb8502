package api

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/gatebook/gatebook/plugin/console/locale"
	"github.com/gatebook/gatebook/plugin/console/problem"
)

// readTimeout is how long a client may take to read a chunk of an export or a line of
// a stream, before the connection is closed. A client that does not read would hold
// memory and a view of the log for as long as it likes.
const readTimeout = time.Minute

// comeAgain is after how many seconds a client may try again that got no slot.
const comeAgain = "10"

// slot takes a slot, or refuses the request because as many are taken as there are.
func slot(w http.ResponseWriter, take func() (func(), bool)) (release func(), err error) {
	release, ok := take()
	if !ok {
		w.Header().Set("Retry-After", comeAgain)
		return nil, &problem.Error{Status: http.StatusServiceUnavailable, Detail: locale.Text("As many exports or live views are open as there may be at a time. Wait for one to end, or close one, and try again.")}
	}
	return release, nil
}

// writeInTime writes to a client that must read within readTimeout.
func writeInTime(w http.ResponseWriter, p []byte) error {
	err := setDeadline(w, time.Now().Add(readTimeout))
	if err == nil {
		_, err = w.Write(p)
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = fmt.Errorf("the client did not read for %s: %w", readTimeout, err)
	}
	return err
}

// noDeadline has the connection wait again, for the requests that follow.
func noDeadline(w http.ResponseWriter) { _ = setDeadline(w, time.Time{}) }

// setDeadline does nothing for a response that cannot have one, as in a test.
func setDeadline(w http.ResponseWriter, at time.Time) error {
	err := http.NewResponseController(w).SetWriteDeadline(at)
	if errors.Is(err, http.ErrNotSupported) {
		return nil
	}
	return err
}
