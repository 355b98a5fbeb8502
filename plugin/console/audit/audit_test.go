package audit_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/gatebook/gatebook/plugin/console/audit"
	"github.com/gatebook/gatebook/plugin/console/consoletest"
	"github.com/gatebook/gatebook/plugin/console/locale"
	"github.com/gatebook/gatebook/plugin/console/problem"
	"github.com/gatebook/gatebook/plugin/console/view"
	"github.com/gatebook/gatebook/record"
)

func newView(user string, reported *[]error) *view.View {
	return &view.View{
		Instance: "acme", Base: "/logs/", Locale: locale.English, Location: time.UTC, Now: consoletest.Now, User: user,
		Report: func(err error) { *reported = append(*reported, err) },
	}
}

// TestEntriesOutlastTheRequest: a client that leaves does not avoid its entry, which
// names it as the author.
func TestEntriesOutlastTheRequest(t *testing.T) {
	source := consoletest.Sample(t)
	known := len(source.EventList)
	ctx, leave := context.WithCancel(t.Context())
	leave()
	made := []record.DecisionRequest{{Subject: record.FlagSubject{Kind: record.AddressSubject, Value: "203.0.113.7/32"}, Decision: record.DecideBan}}
	if err := audit.Decisions(ctx, newView("ada", nil), source, made, 1); err != nil {
		t.Fatal(err)
	}
	notes := source.Notes(known)
	if len(notes) != 1 {
		t.Fatalf("%d entries", len(notes))
	}
	e := notes[0]
	if e.Initiator == nil || e.Initiator.ID != "ada" || e.Key != "gatebook.flag_decided" || e.Text != "A flag was decided on (decision: ban, about: address)." || !slices.Contains(e.Impersonal, "details") {
		t.Errorf("%+v", e)
	}
}

// TestNoDecisionsNoEntry: nothing is written of decisions that were not made.
func TestNoDecisionsNoEntry(t *testing.T) {
	source := consoletest.Sample(t)
	known := len(source.EventList)
	if err := audit.Decisions(t.Context(), newView("ada", nil), source, nil, 3); err != nil || len(source.Notes(known)) != 0 {
		t.Errorf("%v, %d entries", err, len(source.Notes(known)))
	}
}

// TestEntryThatFails: the user hears that the change holds, and the cause is reported.
func TestEntryThatFails(t *testing.T) {
	source := consoletest.Sample(t)
	source.NoteFails = errors.New("the disk is full")
	var reported []error
	want := record.LogSettings{RetentionDays: 365, Timezone: "Europe/Berlin"}
	got, err := audit.ChangeSettings(t.Context(), newView("", &reported), source, audit.SettingsChanged,
		func(record.LogPolicy) (record.LogSettings, error) { return want, nil })
	var answer *problem.Error
	if !errors.As(err, &answer) || answer.Status != 500 || got.RetentionDays != 365 || source.Policy.RetentionDays != 365 {
		t.Errorf("%v, %+v", err, got)
	}
	if len(reported) != 1 || !errors.Is(reported[0], source.NoteFails) {
		t.Errorf("reported %v", reported)
	}
}

// TestUnchangedSettingsLeaveNoEntry: a change to what was wanted already is none.
func TestUnchangedSettingsLeaveNoEntry(t *testing.T) {
	source := consoletest.Sample(t)
	known := len(source.EventList)
	_, err := audit.ChangeSettings(t.Context(), newView("ada", nil), source, audit.SettingsChanged,
		func(p record.LogPolicy) (record.LogSettings, error) { return audit.Wanted(p), nil })
	if err != nil || len(source.Notes(known)) != 0 {
		t.Errorf("%v, %d entries", err, len(source.Notes(known)))
	}
}

// TestTakeBack: only a pending change can be taken back.
func TestTakeBack(t *testing.T) {
	long := record.LogSettings{RetentionDays: 180, Timezone: "UTC"}
	policy := record.LogPolicy{LogSettings: long}
	var answer *problem.Error
	if _, err := audit.TakeBack(policy); !errors.As(err, &answer) || answer.Status != 404 {
		t.Errorf("without a pending change: %v", err)
	}
	policy = policy.Change(record.LogSettings{RetentionDays: 30, Timezone: "UTC"}, consoletest.Now)
	if audit.Wanted(policy).RetentionDays != 30 {
		t.Errorf("wanted %+v", audit.Wanted(policy))
	}
	if s, err := audit.TakeBack(policy); err != nil || s.RetentionDays != 180 {
		t.Errorf("%+v, %v", s, err)
	}
}

// TestDiff: each field that differs is listed with both values, others are not.
func TestDiff(t *testing.T) {
	old := record.LogSettings{RetentionDays: 180, RetentionDaysByCategory: map[string]int{"login": 10, "user": 20}, Timezone: "UTC"}
	changed := record.LogSettings{RetentionDays: 90, RetentionDaysByCategory: map[string]int{"user": 20}, AnonymizeAfterDays: map[string]int{"booking": 30}, Timezone: "UTC"}
	var got []string
	for _, c := range audit.Diff(old, changed) {
		got = append(got, c.Field+" "+string(c.Old)+" → "+string(c.New))
	}
	want := []string{"retention_days 180 → 90", "retention_days_by_category.login 10 → ", "anonymize_after_days.booking  → 30"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
