package api

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/gatebook/gatebook/plugin/console/view"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/banlist"
	"github.com/gatebook/gatebook/record/query"
)

// Flags lists flags.
func (v *API) Flags(w http.ResponseWriter, r *http.Request) error {
	flags, next, err := listOf(v, r, query.ParseFlags, v.Source.Flags, shownFlag)
	if err != nil {
		return fmt.Errorf("listing flags: %w", err)
	}
	return writeJSON(w, struct {
		Flags []record.Flag `json:"flags"`
		Next  string        `json:"next"`
	}{flags, next})
}

// shownFlag is a flag as lists and answers to decisions have it, without the
// requests that prove it.
func shownFlag(f record.Flag, loc *time.Location) record.Flag {
	f.Evidence = nil
	f = f.In(loc)
	if f.Rules == nil {
		f.Rules = []record.FlagRule{}
	}
	return f
}

// Flag answers with a flag and its evidence.
func (v *API) Flag(w http.ResponseWriter, r *http.Request) error {
	if err := view.NoParams(r); err != nil {
		return err
	}
	one, err := v.flag(r)
	if err != nil {
		return err
	}
	one = one.In(v.Location)
	if one.Rules == nil {
		one.Rules = []record.FlagRule{}
	}
	if one.Logins == nil {
		one.Logins = []record.Event{}
	}
	return writeJSON(w, one)
}

// flag finds the one that the path names.
func (v *API) flag(r *http.Request) (record.FlagCase, error) {
	id := r.PathValue("id")
	one, err := v.Source.Flag(r.Context(), id)
	if err != nil {
		return one, fmt.Errorf("reading flag %.40q: %w", id, err)
	}
	return one, nil
}

// Bans answers with the list of what is banned now, whole. Unlike an export
// of a log it leaves no entry: firewalls ask for it every minute.
func Bans(f banlist.Format) func(*API, http.ResponseWriter, *http.Request) error {
	return func(v *API, w http.ResponseWriter, r *http.Request) error {
		if err := view.NoParams(r); err != nil {
			return err
		}
		flags, err := inForce(r.Context(), v.Source)
		if err != nil {
			return err
		}
		at := v.Now.In(v.Location)
		var out bytes.Buffer
		if err := (banlist.List{Instance: v.Instance, At: at, Bans: banlist.Of(flags, at, v.Source.Spared()...)}).Write(&out, f); err != nil {
			return err
		}
		v.setFileHeader(w.Header(), "bans", f.Extension(), f.ContentType())
		// An error means that the client has left.
		_, _ = w.Write(out.Bytes())
		return nil
	}
}

// inForce are the flags of addresses that are banned or allowed.
func inForce(ctx context.Context, queue view.ReviewQueue) (all []record.Flag, err error) {
	for _, state := range []record.FlagState{record.FlagBanned, record.FlagAllowed} {
		q := query.Flags{Kind: record.AddressSubject, State: state, Limit: query.MaxLimit}
		for {
			page, next, err := queue.Flags(ctx, q)
			if err != nil {
				return nil, fmt.Errorf("listing what is %s: %w", state, err)
			}
			all = append(all, page...)
			if next == "" {
				break
			}
			q.Cursor = next
		}
	}
	return all, nil
}
