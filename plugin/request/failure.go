package request

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/gatebook/gatebook/record"
)

// fail keeps the error of a handler of the gate, unless the application reported a
// failure itself.
func (q *Recorded) fail(err error) {
	d := q.detailed()
	if d.failure != nil || d.verdict != "" { // a refusal is no failure
		return
	}
	d.failure = failureOf(err)
}

// failBy keeps a panic of a handler of the gate as [Recorded.fail] does an error.
func (q *Recorded) failBy(panicked any) {
	if d := q.detailed(); d.failure == nil {
		d.failure = &record.Failure{Source: record.SourceGate, Type: "Panic", Message: fmt.Sprint(panicked)}
	}
}

func failureOf(err error) *record.Failure {
	f := &record.Failure{Source: record.SourceGate, Type: "HandlerError", Message: err.Error()}
	if he, ok := errors.AsType[caddyhttp.HandlerError](err); ok {
		f.Where = he.Trace
		if he.Err != nil {
			f.Type, f.Message = fmt.Sprintf("%T", he.Err), he.Err.Error()
		}
	}
	return f
}

// errorStatus returns the status of the server's response to err if there are no
// error routes; 0 for nil.
func errorStatus(err error) int {
	if err == nil {
		return 0
	}
	if he, ok := errors.AsType[caddyhttp.HandlerError](err); ok {
		return he.StatusCode
	}
	return http.StatusInternalServerError
}
