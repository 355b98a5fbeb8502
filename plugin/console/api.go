package console

import (
	"fmt"
	"net/http"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

func (v *jsonAPI) apiEvents(w http.ResponseWriter, r *http.Request) error {
	values, err := queryOf(r)
	if err != nil {
		return err
	}
	q, err := query.ParseEvents(values, v.Now, v.Location)
	if err != nil {
		return err
	}
	found, next, err := v.Source.Events(r.Context(), q)
	if err != nil {
		return fmt.Errorf("listing events: %w", err)
	}
	events := make([]record.Event, len(found))
	for i, e := range found {
		events[i] = e.In(v.Location)
	}
	return writeJSON(w, struct {
		Events []record.Event `json:"events"`
		Next   string         `json:"next"`
	}{events, next})
}

func (v *jsonAPI) apiEvent(w http.ResponseWriter, r *http.Request) error {
	if err := noParams(r); err != nil {
		return err
	}
	e, err := eventOf(r, v.Source)
	if err != nil {
		return err
	}
	return writeJSON(w, e.In(v.Location))
}

func (v *jsonAPI) apiRequests(w http.ResponseWriter, r *http.Request) error {
	values, err := queryOf(r)
	if err != nil {
		return err
	}
	q, err := query.ParseRequests(values, v.Now, v.Location)
	if err != nil {
		return err
	}
	found, next, err := v.Source.Requests(r.Context(), q)
	if err != nil {
		return fmt.Errorf("listing requests: %w", err)
	}
	requests := make([]record.Request, len(found))
	for i, req := range found {
		requests[i] = req.In(v.Location)
	}
	return writeJSON(w, struct {
		Requests []record.Request `json:"requests"`
		Next     string           `json:"next"`
	}{requests, next})
}

func (v *jsonAPI) apiHealth(w http.ResponseWriter, r *http.Request) error {
	if err := noParams(r); err != nil {
		return err
	}
	return writeJSON(w, v.Health().In(v.Location))
}
