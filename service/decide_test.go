package service

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/banlist"
	"github.com/gatebook/gatebook/record/query"
	"github.com/gatebook/gatebook/store"
	"github.com/gatebook/gatebook/store/applog"
)

// running is a detector that sees requests, as a server's does.
type running struct {
	*abuse.Detector
	log *applog.Log
	// full is the error of storing.
	full error
}

func newRunning(t *testing.T, log *applog.Log) *running {
	t.Helper()
	d, err := abuse.New(abuse.Config{Enforce: true})
	if err != nil {
		t.Fatal(err)
	}
	return &running{d, log, nil}
}

func (r *running) Decide(ctx context.Context, what record.DecisionRequest) error {
	now := time.Now()
	if _, err := r.Detector.Decide(what.Subject, what.At(now, abuse.FirstBan), now); err != nil {
		return err
	}
	if r.full != nil {
		return fmt.Errorf("%w: %w", record.ErrNotStoredYet, r.full)
	}
	changed := r.TakeChanged()
	for i := range changed {
		changed[i].Changed = now.UTC()
	}
	return r.log.PutFlags(ctx, changed...)
}

func (r *running) Forget(ctx context.Context, match func(*record.Flag) bool) error {
	r.Detector.Forget(match)
	return r.log.DropFlags(ctx, match)
}

func (r *running) Inspect(_ context.Context, look func(*abuse.Detector)) error {
	look(r.Detector)
	return nil
}

func (r *running) Change(ctx context.Context, change func(*abuse.Detector) error) error {
	if err := change(r.Detector); err != nil {
		return err
	}
	return r.log.PutLearned(ctx, r.Seed(), r.TakeLearned())
}

func (r *running) banned(ip string) bool {
	return r.Admit(abuse.Client{Addr: netip.MustParseAddr(ip)}, time.Now()).Verdict == record.VerdictBan
}

func decision(kind record.DecisionKind, address string) record.DecisionRequest {
	return record.DecisionRequest{Subject: record.FlagSubject{Kind: record.AddressSubject, Value: address}, Decision: kind, By: "bea"}
}

func TestDecide(t *testing.T) {
	eachOwner(t, func(t *testing.T, _ *store.Store, l *Logs) {
		f, err := l.Decide(t.Context(), decision(record.DecideBan, "203.0.113.7"))
		if err != nil || f.Subject.Value != "203.0.113.7/32" || f.State != record.FlagBanned || f.Until.IsZero() || f.Changed.IsZero() {
			t.Fatalf("%+v %v", f, err)
		}
		c, err := l.Flag(t.Context(), f.ID)
		if err != nil || c.State != record.FlagBanned || len(c.Logins) != 0 {
			t.Errorf("%+v %v", c, err)
		}
		if f, err = l.Decide(t.Context(), decision(record.DecideAllow, "203.0.113.7")); err != nil || f.State != record.FlagAllowed || !f.Until.IsZero() || len(f.Decisions) != 2 {
			t.Errorf("%+v %v", f, err)
		}
		_, err = l.Decide(t.Context(), decision(record.DecideBan, "203.0.0.0/8"))
		if _, wrong := errors.AsType[*record.ParamError](err); !wrong {
			t.Errorf("too wide: %v", err)
		}
		list, _, err := l.Flags(t.Context(), query.Flags{Limit: 10})
		if err != nil || len(list) != 1 {
			t.Errorf("%+v %v", list, err)
		}
	})
}

// TestServerFindsDecisionsOfCommands checks that a server that opens a directory later
// enforces what was decided in it.
func TestServerFindsDecisionsOfCommands(t *testing.T) {
	s := openStore(t)
	f, err := New(s, Options{}).Decide(t.Context(), decision(record.DecideBan, "203.0.113.7"))
	if err != nil {
		t.Fatal(err)
	}
	server := newRunning(t, s.AppLog)
	server.Restore([]record.Flag{f}, time.Now())
	if !server.banned("203.0.113.7") || server.banned("203.0.113.8") {
		t.Error("the server does not enforce the ban")
	}
}

// TestDecideWithoutSpace checks that a decision of a server is in force even if it
// cannot be stored.
func TestDecideWithoutSpace(t *testing.T) {
	s := openStore(t)
	server := newRunning(t, s.AppLog)
	server.full = errors.New("no space")
	l := New(s, Options{Detector: server})
	if _, err := l.Decide(t.Context(), decision(record.DecideBan, "203.0.113.7")); !errors.Is(err, record.ErrNotStoredYet) || !errors.Is(err, server.full) {
		t.Errorf("%v", err)
	}
	if !server.banned("203.0.113.7") {
		t.Error("the ban is not in force")
	}
}

func TestDecideAll(t *testing.T) {
	eachOwner(t, func(t *testing.T, _ *store.Store, l *Logs) {
		all, err := l.DecideAll(t.Context(), []record.DecisionRequest{decision(record.DecideBan, "203.0.113.7"), decision(record.DecideBan, "nowhere"), decision(record.DecideBan, "2001:db8::7")})
		if err != nil || len(all) != 3 || all[0].Err != nil || all[1].Err == nil || all[2].Flag.Subject.Value != "2001:db8::/64" {
			t.Fatalf("%+v %v", all, err)
		}
		list := entries(t, l)
		if len(list) != 1 || list[0].Type != "flag.decided" || string(list[0].Details) != `{"count":2,"failed":1,"decisions":{"ban":2}}` {
			t.Errorf("%+v", list)
		}
		if all, err = l.DecideAll(t.Context(), []record.DecisionRequest{decision(record.DecideBan, "nowhere")}); err != nil || all[0].Err == nil {
			t.Errorf("%+v %v", all, err)
		}
		if n := len(entries(t, l)); n != 1 {
			t.Errorf("%d entries after no decision", n)
		}
	})
}

func TestBans(t *testing.T) {
	eachOwner(t, func(t *testing.T, _ *store.Store, l *Logs) {
		for _, d := range []record.DecisionRequest{decision(record.DecideBan, "203.0.113.6"), decision(record.DecideBan, "203.0.113.7"), decision(record.DecideAllow, "203.0.113.8")} {
			if _, err := l.Decide(t.Context(), d); err != nil {
				t.Fatal(err)
			}
		}
		list, err := l.Bans(t.Context(), time.Now())
		var out strings.Builder
		if err == nil {
			err = list.Write(&out, banlist.Text)
		}
		if err != nil || list.Instance != "acme" || !strings.HasSuffix(out.String(), "203.0.113.6/31\n") || strings.Contains(out.String(), "203.0.113.8") {
			t.Errorf("%s %v", out.String(), err)
		}
	})
}

// TestLoginsOfAFlag checks that a flag has the logins that are still there, newest
// first, and no other entry.
func TestLoginsOfAFlag(t *testing.T) {
	eachOwner(t, func(t *testing.T, s *store.Store, l *Logs) {
		for i, category := range []string{"login", "user", "login"} {
			e := record.Event{ID: fmt.Sprint(i), Time: time.Now(), Category: category, Text: "text"}
			if err := s.AppLog.Append(t.Context(), e); err != nil {
				t.Fatal(err)
			}
		}
		seqs := []uint64{99}
		for _, e := range entries(t, l) {
			seqs = append([]uint64{e.Seq}, seqs...)
		}
		subject := record.FlagSubject{Kind: record.AddressSubject, Value: "203.0.113.7/32"}
		f := record.Flag{ID: abuse.FlagID(subject), Subject: subject, State: record.FlagObserved, Review: record.ReviewNew, Since: time.Now(), Changed: time.Now(), LoginSeqs: seqs}
		if err := s.AppLog.PutFlags(t.Context(), f); err != nil {
			t.Fatal(err)
		}
		c, err := l.Flag(t.Context(), f.ID)
		if err != nil || len(c.Logins) != 2 || c.Logins[0].ID != "2" || c.Logins[1].ID != "0" {
			t.Errorf("%+v %v", c.Logins, err)
		}
		if _, err := l.Flag(t.Context(), "nothing"); !errors.Is(err, record.ErrNotFound) {
			t.Errorf("%v", err)
		}
	})
}
