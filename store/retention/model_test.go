package retention

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
	"github.com/gatebook/gatebook/store"
)

// The model of an application log is a list of what was told, and what is left
// of each by the simplest rules there are. Whatever happens to the log, every
// view of it must show what the model has.

type somebody struct{ id, name, email string }

var everybody = []somebody{
	{"u_1", "Ada Lovelace", "ada@example.com"},
	{"u_2", "Grace Hopper", "grace@example.com"},
	{"u_3", "Alan Turing", "alan@example.com"},
}

var everyCategory = []string{"booking", "login", "user"}

// modelEvent is an event, whom it is about and whom its impersonal text names.
type modelEvent struct {
	record.Event
	about, named []int
}

type model struct {
	t        *rapid.T
	dir      string
	now, ran time.Time // ran is when the retention did
	store    *store.Store
	events   []modelEvent
	told     int
	policy   record.LogPolicy
	start    record.LogSettings
	backup   *modelBackup
}

// modelBackup is a copy of the directory and what a log shows that is restored
// from it: what it held, without what the ledger has removed since.
type modelBackup struct {
	dir    string
	events []modelEvent
	ran    time.Time
}

func TestApplicationLogAgainstModel(t *testing.T) {
	// A sequence opens and closes the logs many times.
	if err := flag.Set("rapid.checks", "25"); err != nil {
		t.Fatal(err)
	}
	defer flag.Set("rapid.checks", "100")
	parent := t.TempDir()
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		m := &model{
			t: t, dir: filepath.Join(parent, fmt.Sprint(n), "acme"), now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
			start: record.LogSettings{RetentionDays: 10, AnonymizeAfterDays: map[string]int{"booking": 3}, Timezone: "UTC"},
		}
		m.policy.LogSettings = m.start
		m.open()
		defer func() { m.must(m.store.Close()) }()
		t.Repeat(map[string]func(*rapid.T){
			"tell":     m.tell,
			"tell old": m.tellAgain,
			"conflict": m.conflict,
			"wait":     m.wait,
			"change":   m.change,
			"run":      m.run,
			"erase":    m.erase,
			"restart":  m.restart,
			"back up":  m.backUp,
			"restore":  m.restore,
			"":         m.check,
		})
	})
}

func (m *model) must(err error) {
	if err != nil {
		m.t.Helper()
		m.t.Fatal(err)
	}
}

func (m *model) open() {
	s, err := store.Open(m.dir, store.Options{Instance: "acme", Now: func() time.Time { return m.now }})
	m.must(err)
	m.store = s
	m.must(Start(context.Background(), s.AppLog, m.start))
	m.must(CatchUp(context.Background(), s.AppLog, m.now))
}

func (m *model) tell(t *rapid.T) {
	m.told++
	e := modelEvent{Event: record.Event{
		ID: fmt.Sprintf("id%d", m.told), Category: rapid.SampledFrom(everyCategory).Draw(t, "category"),
		Type: "thing.done", Text: fmt.Sprintf("Table %d", m.told), Outcome: record.OutcomeSuccess,
		Time: m.now.Add(-time.Duration(rapid.IntRange(0, 80).Draw(t, "hours old")) * time.Hour), Received: m.now,
		RequestID: "r" + fmt.Sprint(m.told), Impersonal: []string{"text"}, Transport: "header",
		Details: json.RawMessage(fmt.Sprintf(`{"n":%d}`, m.told)),
	}}
	if rapid.Bool().Draw(t, "until") {
		e.Until = e.Time.Add(time.Duration(rapid.IntRange(-50, 150).Draw(t, "hours")) * time.Hour)
	}
	if who := rapid.IntRange(-1, 2).Draw(t, "initiator"); who >= 0 {
		p := everybody[who]
		e.Initiator, e.about = &record.Initiator{ID: p.id, Name: p.name, Email: p.email, Kind: "user"}, append(e.about, who)
	}
	if who := rapid.IntRange(-1, 2).Draw(t, "person"); who >= 0 {
		e.Persons, e.about = []string{everybody[who].id}, append(e.about, who)
	}
	if who := rapid.IntRange(-1, 2).Draw(t, "named"); who >= 0 {
		e.Text += " for " + everybody[who].email
		e.about, e.named = append(e.about, who), append(e.named, who)
	}
	m.add(e)
}

func (m *model) add(e modelEvent) {
	done, err := m.store.AppLog.AppendEach(context.Background(), []record.Event{e.Event})
	m.must(err)
	if done[0].Duplicate {
		m.t.Fatalf("%+v is a duplicate", e.Event)
	}
	e.Seq = done[0].Seq
	m.events = append(m.events, e)
}

// conflict tells something else with an id that is known.
func (m *model) conflict(t *rapid.T) {
	if len(m.events) == 0 {
		return
	}
	e := rapid.SampledFrom(m.events).Draw(t, "event")
	for _, other := range m.events {
		if other.ID == e.ID && other.Anonymized {
			return // whatever has this id is a duplicate
		}
	}
	m.told++
	e.Text, e.Marks, e.named = fmt.Sprintf("Otherwise %d", m.told), []string{record.MarkConflict}, nil
	m.add(e)
}

// tellAgain tells what is stored already, which changes nothing: least of all
// does it bring back what was anonymized.
func (m *model) tellAgain(t *rapid.T) {
	if len(m.events) == 0 {
		return
	}
	e := rapid.SampledFrom(m.events).Draw(t, "event").Event
	if !e.Anonymized {
		m.must(m.store.AppLog.Append(context.Background(), e))
		return
	}
	e.Initiator, e.Text = &record.Initiator{ID: "u_1", Name: "Ada Lovelace", Email: "ada@example.com"}, "again"
	m.must(m.store.AppLog.Append(context.Background(), e))
}

func (m *model) wait(t *rapid.T) {
	m.now = m.now.Add(time.Duration(rapid.IntRange(1, 60).Draw(t, "hours")) * time.Hour)
}

func (m *model) change(t *rapid.T) {
	want := record.LogSettings{RetentionDays: rapid.IntRange(1, 12).Draw(t, "days"), Timezone: "Europe/Berlin"}
	if rapid.Bool().Draw(t, "anonymize") {
		want.AnonymizeAfterDays = map[string]int{rapid.SampledFrom(everyCategory).Draw(t, "category"): rapid.IntRange(1, 8).Draw(t, "after")}
	}
	if rapid.Bool().Draw(t, "own") {
		want.RetentionDaysByCategory = map[string]int{rapid.SampledFrom(everyCategory).Draw(t, "own category"): rapid.IntRange(1, 12).Draw(t, "own days")}
	}
	if rapid.IntRange(0, 3).Draw(t, "take back") == 0 {
		want = m.policy.At(m.now).LogSettings
	}
	v, err := Change(context.Background(), m.store.AppLog, m.start, want, m.now)
	m.must(err)
	m.replacePolicy(m.policy.Change(want, m.now))
	for _, effect := range v.Effects {
		if got := m.effect(effect); got != effect.Entries {
			t.Fatalf("%+v: %d entries", effect, got)
		}
	}
}

// effect counts what an effect will do and would not be done without it.
func (m *model) effect(x record.SettingsEffect) (n uint64) {
	p := m.policy
	deleted := func(e *modelEvent, s record.LogSettings) bool {
		return x.At.Sub(e.Time) > time.Duration(s.Retention(e.Category))*24*time.Hour
	}
	for i := range m.events {
		e := &m.events[i]
		gone, was := deleted(e, p.Pending.LogSettings), deleted(e, p.LogSettings)
		switch {
		case x.Effect == record.EffectDelete && x.Category == "":
			_, own := p.RetentionDaysByCategory[e.Category]
			_, will := p.Pending.RetentionDaysByCategory[e.Category]
			if gone && !was && !own && !will {
				n++
			}
		case x.Category != e.Category:
		case x.Effect == record.EffectDelete && gone && !was:
			n++
		case x.Effect == record.EffectAnonymize && !gone && !e.Anonymized &&
			anonymous(e, p.Pending.LogSettings, x.At) && !anonymous(e, p.LogSettings, x.At):
			n++
		}
	}
	return n
}

func anonymous(e *modelEvent, s record.LogSettings, now time.Time) bool {
	days, on := s.AnonymizeAfterDays[e.Category]
	from := e.Time
	if e.Until.After(from) {
		from = e.Until
	}
	return on && now.Sub(from) > time.Duration(days)*24*time.Hour
}

func (m *model) run(t *rapid.T) {
	dry, err := Run(context.Background(), m.store, Policy{}, m.now, true)
	m.must(err)
	done, err := Run(context.Background(), m.store, Policy{}, m.now, false)
	m.must(err)
	if !maps.Equal(dry.ApplicationLog.Deleted, done.ApplicationLog.Deleted) || !maps.Equal(dry.ApplicationLog.Anonymized, done.ApplicationLog.Anonymized) {
		t.Fatalf("a dry run says %+v, a run %+v", dry.ApplicationLog, done.ApplicationLog)
	}
	m.age()
}

// age does to the model what retention does.
func (m *model) age() {
	m.ran = m.now
	if p := m.policy.At(m.now); p.Pending != m.policy.Pending {
		m.replacePolicy(p)
	}
	m.events = expire(m.events, m.policy.LogSettings, m.now)
}

// replacePolicy puts a policy in place of another. What the former one deletes and
// anonymizes until now does not come back with the backup, even where no run did
// it before: it was due.
func (m *model) replacePolicy(p record.LogPolicy) {
	if m.backup != nil {
		m.backup.events = expire(m.backup.events, m.policy.At(m.now).LogSettings, m.now)
	}
	m.policy = p
}

func expire(events []modelEvent, s record.LogSettings, now time.Time) []modelEvent {
	events = slices.DeleteFunc(events, func(e modelEvent) bool {
		return now.Sub(e.Time) > time.Duration(s.Retention(e.Category))*24*time.Hour
	})
	for i := range events {
		if anonymous(&events[i], s, now) {
			events[i].anonymize()
		}
	}
	return events
}

func (e *modelEvent) anonymize() {
	e.Initiator, e.Persons, e.RequestID, e.Details, e.Anonymized, e.about = nil, nil, "", nil, true, e.named
}

func (m *model) erase(t *rapid.T) {
	who := rapid.IntRange(0, 2).Draw(t, "who")
	p := query.Person{IDs: []string{everybody[who].id}}
	if rapid.Bool().Draw(t, "by address") {
		p = query.Person{Emails: []string{strings.ToUpper(everybody[who].email)}}
	}
	_, err := ErasePerson(context.Background(), m.store.AppLog, p, false)
	m.must(err)
	// What the id or the address stands for is known from who initiated what.
	known := slices.ContainsFunc(m.events, func(e modelEvent) bool { return e.Initiator != nil && e.Initiator.ID == everybody[who].id })
	for i := range m.events {
		e := &m.events[i]
		initiated := e.Initiator != nil && e.Initiator.ID == everybody[who].id
		listed := slices.Contains(e.Persons, everybody[who].id) && (known || len(p.IDs) > 0)
		named := slices.Contains(e.named, who) && (known || len(p.Emails) > 0)
		if !initiated && !listed && !named {
			continue
		}
		if b := m.backup.same(e); b != nil {
			b.erase(named)
		}
		e.erase(named)
	}
}

func (e *modelEvent) erase(named bool) {
	e.anonymize()
	if named {
		e.Text, e.named, e.about = "", nil, nil
	}
}

// same is the backup's copy of an event; nil if it has none.
func (b *modelBackup) same(e *modelEvent) *modelEvent {
	if b == nil {
		return nil
	}
	i := slices.IndexFunc(b.events, func(o modelEvent) bool {
		return o.Seq == e.Seq && o.ID == e.ID && o.Received.Equal(e.Received)
	})
	if i < 0 {
		return nil
	}
	return &b.events[i]
}

func (m *model) restart(*rapid.T) {
	m.must(m.store.Close())
	m.reopen()
}

// reopen opens the log, which does what is overdue.
func (m *model) reopen() {
	m.open()
	if m.ran.IsZero() && len(m.events) > 0 || !m.ran.IsZero() && m.now.Sub(m.ran) > overdue {
		m.age()
	}
}

func (m *model) backUp(*rapid.T) {
	m.must(m.store.Close())
	b := &modelBackup{dir: m.dir + ".backup", events: slices.Clone(m.events), ran: m.ran}
	m.must(os.RemoveAll(b.dir))
	m.must(os.CopyFS(b.dir, os.DirFS(m.dir)))
	m.backup = b
	m.reopen()
}

// restore puts a backup in place: what was told since is lost, and what was
// erased since stays so, before anything is read. What the policy in force has
// removed since is due again: it goes with what is overdue or, where the backup's
// last run is less than two hours ago, with the next run, which is within the hour.
func (m *model) restore(t *rapid.T) {
	if m.backup == nil {
		t.Skip("no backup")
	}
	m.must(m.store.Close())
	m.must(os.RemoveAll(m.dir))
	m.must(os.CopyFS(m.dir, os.DirFS(m.backup.dir)))
	m.events, m.ran = slices.Clone(m.backup.events), m.backup.ran
	m.reopen()
}

// check compares every view of the log with the model.
func (m *model) check(t *rapid.T) {
	ctx, log := context.Background(), m.store.AppLog
	want := map[uint64]string{}
	for _, e := range m.events {
		want[e.Seq] = text(t, e.Event)
	}
	list, next, err := log.Events(ctx, query.Events{Limit: 1000})
	if err != nil || next != "" {
		t.Fatal(next, err)
	}
	got := map[uint64]string{}
	for _, e := range list {
		got[e.Seq] = text(t, e)
	}
	if !maps.Equal(got, want) {
		t.Fatalf("the log has\n%s\nand should have\n%s", sorted(got), sorted(want))
	}
	for seq, w := range want {
		if e, err := log.Event(ctx, seq); err != nil || text(t, e) != w {
			t.Fatalf("entry %d: %v, %v", seq, e, err)
		}
	}
	if _, err := log.Event(ctx, uint64(m.told+1)); !errors.Is(err, record.ErrNotFound) {
		t.Fatalf("an entry that nobody told: %v", err)
	}
	for i, p := range everybody {
		m.views(t, query.EventFilter{Initiators: []string{p.email}}, func(e *modelEvent) bool { return e.Initiator != nil && e.Initiator.ID == p.id })
		m.views(t, query.EventFilter{Words: []string{p.email}}, func(e *modelEvent) bool {
			return e.Initiator != nil && e.Initiator.ID == p.id || slices.Contains(e.named, i)
		})
	}
	for _, c := range everyCategory {
		m.views(t, query.EventFilter{Categories: []string{c}}, func(e *modelEvent) bool { return e.Category == c })
	}
	found, err := log.Check(ctx)
	if err != nil || len(found.Faults) > 0 || found.Missing > 0 || found.Entries != uint64(len(want)) {
		t.Fatalf("checking the log: %+v, %v", found, err)
	}
	if v, err := View(log, m.start, m.now); err != nil || !v.LogSettings.Equal(m.policy.At(m.now).LogSettings) {
		t.Fatalf("the settings are %+v, %v, and should be %+v", v.LogPolicy, err, m.policy.At(m.now))
	}
}

// views compares a filter's list and count with the model.
func (m *model) views(t *rapid.T, f query.EventFilter, has func(*modelEvent) bool) {
	var want []uint64
	for i := range m.events {
		if has(&m.events[i]) {
			want = append(want, m.events[i].Seq)
		}
	}
	q := query.Events{EventFilter: f, Limit: 1000}
	list, _, err := m.store.AppLog.Events(context.Background(), q)
	m.must(err)
	var got []uint64
	for _, e := range list {
		got = append(got, e.Seq)
	}
	slices.Sort(got)
	slices.Sort(want)
	n, more, err := m.store.AppLog.Count(context.Background(), q, 10_000)
	if err != nil || more || n != len(want) || !slices.Equal(got, want) {
		t.Fatalf("%+v finds %v and counts %d, %v; want %v", f, got, n, err, want)
	}
}

func text(t *rapid.T, e record.Event) string {
	data, err := json.Marshal(e.In(time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func sorted(m map[uint64]string) string {
	var lines []string
	for _, seq := range slices.Sorted(maps.Keys(m)) {
		lines = append(lines, m[seq])
	}
	return strings.Join(lines, "\n")
}
