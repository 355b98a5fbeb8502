package logs

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
	"github.com/gatebook/gatebook/store/retention"
)

// Records go to the newest configuration, after it named them, and to those who
// follow the logs.
func TestObserver(t *testing.T) {
	l := openFilled(t)
	before, after := testConfig(30), testConfig(30)
	l.Use(before)
	l.Use(after)
	requests, events := l.Requests.Follow(t.Context(), nil), l.Events.Follow(t.Context(), nil)
	l.Record(&record.Request{Time: time.Now(), Method: "GET", Path: "/a", Status: 200})
	if stored := l.AppendOrSpill([]record.Event{{ID: "e", Category: "user", Text: "a"}}, 2); len(stored) != 1 {
		t.Fatalf("stored %v", stored)
	}
	if r, e := <-requests, <-events; r.Path != "/a" || r.Country != "NL" || e.ID != "e" {
		t.Errorf("followed %+v, %+v", r, e)
	}
	o := after.Observer.(*testObserver)
	if got := o.seen(&o.paths); !slices.Equal(got, []string{"NL /a"}) {
		t.Errorf("requests %v", got)
	}
	if got := o.seen(&o.events); !slices.Equal(got, []string{"e"}) {
		t.Errorf("events %v", got)
	}
	l.Unuse(after)
	scan(l, scanner)
	must(t, l.Detection.Store(context.Background()))
	o = before.Observer.(*testObserver)
	if got := o.seen(&o.emitted); !slices.Equal(got, []string{"banned"}) {
		t.Errorf("emitted %v", got)
	}
	if n := l.Health().ApplicationLog.Rejected; n != 2 {
		t.Errorf("%d rejected", n)
	}
}

// The settings of the application log start with those of the configuration in force.
// What people choose replaces them, and the time zone.
func TestChangeSettings(t *testing.T) {
	ctx := context.Background()
	l := openFilled(t)
	c := testConfig(30)
	c.Start.RetentionDays = 77
	bringIntoForce(l, c)
	log, err := l.AppLog()
	must(t, err)
	eventually(t, "the settings are stored", func() bool {
		p, _, err := log.Policy()
		return err == nil && p.RetentionDays == 77
	})
	if l.Zone() != nil {
		t.Errorf("nobody chose %v", l.Zone())
	}
	want := c.Start
	want.Timezone = "Europe/Berlin"
	must(t, l.ChangeSettings(ctx, func() error {
		_, err := retention.Change(ctx, log, c.Start, want, time.Now())
		return err
	}))
	if z := l.Zone(); z == nil || z.String() != "Europe/Berlin" {
		t.Errorf("the zone is %v", z)
	}
	wrong := errors.New("wrong")
	if err := l.ChangeSettings(ctx, func() error { return wrong }); !errors.Is(err, wrong) {
		t.Errorf("got %v", err)
	}
}

// Flags that the retention deleted do not come back with their history when the
// address does.
func TestRetentionDeletesFlags(t *testing.T) {
	ctx := context.Background()
	l := openFilled(t)
	c := testConfig(30)
	c.Retention.KeepFlags = day
	bringIntoForce(l, c)
	_, err := l.Retain(ctx, false) // the next one of its own is in an hour
	must(t, err)
	must(t, l.Detection.Decide(ctx, record.DecisionRequest{Subject: addressSubject(scanner), Decision: record.DecideConfirm, By: "sec", Note: "from the past"}))
	must(t, l.Detection.Store(ctx))
	log, err := l.AppLog()
	must(t, err)
	flags, _, err := log.Flags(ctx, query.Flags{})
	if err != nil || len(flags) != 1 {
		t.Fatalf("%+v, %v", flags, err)
	}
	f := flags[0]
	f.Changed = time.Now().Add(-3 * day)
	must(t, log.PutFlags(ctx, f))
	if report, err := l.Retain(ctx, false); err != nil || report.Flags.Deleted != 1 {
		t.Fatalf("%+v, %v", report.Flags, err)
	}
	scan(l, scanner)
	must(t, l.Detection.Store(ctx))
	if f, err = log.Flag(ctx, f.ID); err != nil || len(f.Notes)+len(f.Decisions) != 0 {
		t.Errorf("%+v, %v", f, err)
	}
}
