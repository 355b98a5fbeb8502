package api

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/gatebook/gatebook/plugin/console/view"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

// Events lists entries of the application log.
func (v *API) Events(w http.ResponseWriter, r *http.Request) error {
	events, next, err := listOf(v, r, query.ParseEvents, v.Source.Events, record.Event.In)
	if err != nil {
		return fmt.Errorf("listing events: %w", err)
	}
	return writeJSON(w, struct {
		Events []record.Event `json:"events"`
		Next   string         `json:"next"`
	}{events, next})
}

// Event answers with one entry.
func (v *API) Event(w http.ResponseWriter, r *http.Request) error {
	if err := view.NoParams(r); err != nil {
		return err
	}
	e, err := view.EventAt(r, v.Source)
	if err != nil {
		return err
	}
	return writeJSON(w, e.In(v.Location))
}

// Requests lists requests.
func (v *API) Requests(w http.ResponseWriter, r *http.Request) error {
	requests, next, err := listOf(v, r, query.ParseRequests, v.Source.Requests, record.Request.In)
	if err != nil {
		return fmt.Errorf("listing requests: %w", err)
	}
	return writeJSON(w, struct {
		Requests []record.Request `json:"requests"`
		Next     string           `json:"next"`
	}{requests, next})
}

// Health answers with the state of the logs that the user may read.
func (v *API) Health(w http.ResponseWriter, r *http.Request) error {
	if err := view.NoParams(r); err != nil {
		return err
	}
	return writeJSON(w, v.View.Health().In(v.Location))
}

// queryParser reads a question from a query, at a time and in a time zone.
type queryParser[Q any] func(url.Values, time.Time, *time.Location) (Q, error)

// listOf answers a question about a list with one page of it.
func listOf[Q, T any](
	v *API, r *http.Request, parse queryParser[Q], find func(context.Context, Q) ([]T, string, error), in func(T, *time.Location) T,
) (list []T, next string, err error) {
	values, err := view.Query(r)
	if err != nil {
		return nil, "", err
	}
	q, err := parse(values, v.Now, v.Location)
	if err != nil {
		return nil, "", err
	}
	found, next, err := find(r.Context(), q)
	list = make([]T, len(found))
	for i, one := range found {
		list[i] = in(one, v.Location)
	}
	return list, next, err
}
