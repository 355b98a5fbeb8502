package plugin

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/gatebook/gatebook/record"
)

// fail keeps what a handler of the gate returned, unless the application said
// what went wrong itself.
func (x *exchange) fail(err error) {
	t := x.tells()
	if t.failure != nil || t.verdict != "" { // what is refused is no failure
		return
	}
	t.failure = &record.Failure{Source: record.SourceGate, Type: "HandlerError", Message: err.Error()}
	if he, ok := errors.AsType[caddyhttp.HandlerError](err); ok {
		t.failure.Where = he.Trace
		if he.Err != nil {
			t.failure.Type, t.failure.Message = fmt.Sprintf("%T", he.Err), he.Err.Error()
		}
	}
}

// errorStatus is the status with which the server answers err when there are
// no error routes.
func errorStatus(err error) int {
	if he, ok := errors.AsType[caddyhttp.HandlerError](err); ok {
		return he.StatusCode
	}
	return http.StatusInternalServerError
}

func statusOf(err error) int {
	if err == nil {
		return 0
	}
	return errorStatus(err)
}
