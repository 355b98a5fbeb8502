package view

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/gatebook/gatebook/plugin/console/locale"
	"github.com/gatebook/gatebook/plugin/console/problem"
	"github.com/gatebook/gatebook/record"
)

// Query returns the parameters of r. Unlike [url.URL.Query] it refuses those that it
// cannot read.
func Query(r *http.Request) (url.Values, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, &problem.Error{Status: http.StatusBadRequest, Detail: locale.Text("The query cannot be read: %s."), Args: []any{err.Error()}}
	}
	return values, nil
}

// NoParams refuses a request with parameters.
func NoParams(r *http.Request) error {
	values, err := Query(r)
	for name := range values {
		return &record.ParamError{Param: name, Reason: record.NoParams.With()}
	}
	return err
}

// EventAt finds the entry that the path names.
func EventAt(r *http.Request, log EventLog) (record.Event, error) {
	path := r.PathValue("seq")
	seq, err := strconv.ParseUint(path, 10, 64)
	if err != nil || strconv.FormatUint(seq, 10) != path {
		return record.Event{}, record.ErrNotFound
	}
	e, err := log.Event(r.Context(), seq)
	if err != nil {
		return e, fmt.Errorf("reading event %d: %w", seq, err)
	}
	return e, nil
}

// Refuse returns an error if values has one of names.
func Refuse(values url.Values, code record.Code, names ...string) error {
	for _, name := range names {
		if values.Has(name) {
			return record.Invalid(name, "", code)
		}
	}
	return nil
}
