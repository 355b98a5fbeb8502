package console

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/banlist"
	"github.com/gatebook/gatebook/record/query"
)

// apiRoutes are the paths below /api/v1/.
var apiRoutes = map[string]route{
	"health":           {role: anyRole, read: (*view).apiHealth},
	"events":           {role: RoleApplication, read: (*view).apiEvents},
	eventRoute:         {role: RoleApplication, read: (*view).apiEvent},
	"events.csv":       {role: RoleApplication, read: (*view).exportEventsCSV},
	"events.ndjson":    {role: RoleApplication, read: (*view).exportEventsNDJSON},
	"events/live":      {role: RoleApplication, read: (*view).liveEvents},
	"settings":         {role: RoleApplication, read: (*view).apiSettings, change: map[string]handler{http.MethodPut: (*view).apiChangeSettings}},
	"settings/pending": {role: RoleApplication, change: map[string]handler{http.MethodDelete: (*view).apiTakeBack}},
	"requests":         {role: RoleSecurity, read: (*view).apiRequests},
	"requests.csv":     {role: RoleSecurity, read: (*view).exportRequestsCSV},
	"requests.ndjson":  {role: RoleSecurity, read: (*view).exportRequestsNDJSON},
	"requests/live":    {role: RoleSecurity, read: (*view).liveRequests},
	"requests/summary": {role: RoleSecurity, read: (*view).apiSummary},
	"errors":           {role: RoleSecurity, read: (*view).apiErrors},
	"flags":            {role: RoleSecurity, read: (*view).apiFlags},
	flagRoute:          {role: RoleSecurity, read: (*view).apiFlag, change: map[string]handler{http.MethodPost: (*view).apiDecideFlag}},
	"decisions":        {role: RoleSecurity, change: map[string]handler{http.MethodPost: (*view).apiDecide}},
	"bans.txt":         {role: RoleSecurity, read: exportBans(banlist.Text)},
	"bans.json":        {role: RoleSecurity, read: exportBans(banlist.JSON)},
	"bans.csv":         {role: RoleSecurity, read: exportBans(banlist.CSV)},
	"bans.nft":         {role: RoleSecurity, read: exportBans(banlist.NFT)},
	"bans.ipset":       {role: RoleSecurity, read: exportBans(banlist.IPSet)},
	"bans.caddy":       {role: RoleSecurity, read: exportBans(banlist.Caddy)},
	"bans.nginx":       {role: RoleSecurity, read: exportBans(banlist.Nginx)},
	"bans.crowdsec":    {role: RoleSecurity, read: exportBans(banlist.CrowdSec)},
}

func (v *view) apiEvents(w http.ResponseWriter, r *http.Request) error {
	values, err := queryOf(r)
	if err != nil {
		return err
	}
	q, err := query.ParseEvents(values, v.now, v.location())
	if err != nil {
		return err
	}
	found, next, err := v.Source.Events(r.Context(), q)
	if err != nil {
		return fmt.Errorf("listing events: %w", err)
	}
	events := make([]record.Event, len(found))
	for i, e := range found {
		events[i] = e.In(v.location())
	}
	return writeJSON(w, struct {
		Events []record.Event `json:"events"`
		Next   string         `json:"next"`
	}{events, next})
}

func (v *view) apiEvent(w http.ResponseWriter, r *http.Request) error {
	if err := noParams(r); err != nil {
		return err
	}
	e, err := v.event(r)
	if err != nil {
		return err
	}
	return writeJSON(w, e.In(v.location()))
}

// event finds the one that the path names.
func (v *view) event(r *http.Request) (record.Event, error) {
	path := r.PathValue("seq")
	seq, err := strconv.ParseUint(path, 10, 64)
	if err != nil || strconv.FormatUint(seq, 10) != path {
		return record.Event{}, record.ErrNotFound
	}
	e, err := v.Source.Event(r.Context(), seq)
	if err != nil {
		return e, fmt.Errorf("reading event %d: %w", seq, err)
	}
	return e, nil
}

func (v *view) apiRequests(w http.ResponseWriter, r *http.Request) error {
	values, err := queryOf(r)
	if err != nil {
		return err
	}
	q, err := query.ParseRequests(values, v.now, v.location())
	if err != nil {
		return err
	}
	found, next, err := v.Source.Requests(r.Context(), q)
	if err != nil {
		return fmt.Errorf("listing requests: %w", err)
	}
	requests := make([]record.Request, len(found))
	for i, req := range found {
		requests[i] = req.In(v.location())
	}
	return writeJSON(w, struct {
		Requests []record.Request `json:"requests"`
		Next     string           `json:"next"`
	}{requests, next})
}

func (v *view) apiHealth(w http.ResponseWriter, r *http.Request) error {
	if err := noParams(r); err != nil {
		return err
	}
	return writeJSON(w, v.health())
}

// health is the instance's, without the logs that the roles may not read.
func (v *view) health() record.Health {
	h := v.Source.Health().In(v.location())
	if !slices.Contains(v.Roles, RoleApplication) {
		h.ApplicationLog = nil
	}
	if !slices.Contains(v.Roles, RoleSecurity) {
		h.ServerLog = nil
	}
	return h
}

// queryOf is r.URL.Query, which passes over what it cannot read, without that.
func queryOf(r *http.Request) (url.Values, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, &statusError{http.StatusBadRequest, translatable("The query cannot be read: %s."), []any{err.Error()}}
	}
	return values, nil
}

func noParams(r *http.Request) error {
	values, err := queryOf(r)
	for name := range values {
		return &record.ParamError{Param: name, Reason: record.NoParams.With()}
	}
	return err
}
