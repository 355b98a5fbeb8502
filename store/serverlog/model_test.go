package serverlog

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gatebook/gatebook/internal/testrun"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

// model is the server log as it should be: a plain slice beside the real one.
type model struct {
	t    *rapid.T
	dir  string
	log  *Log
	rows []record.Request
	// gone are the rows that retention has deleted.
	gone map[int]bool
}

func (m *model) open() {
	if m.gone == nil {
		m.gone = map[int]bool{}
	}
	l, err := Open(m.dir, Options{Instance: "acme", FlushEvery: quiet, Name: nameBrowser})
	if err != nil {
		m.t.Fatal(err)
	}
	m.log = l
}

func (m *model) close() {
	if err := m.log.Close(); err != nil {
		m.t.Fatal(err)
	}
}

// nameBrowser stands for what names browser, country and network.
func nameBrowser(r *record.Request) {
	r.Browser, _, _ = strings.Cut(r.UserAgent, ";")
	r.OS, r.Country, r.ASN, r.ASOrg = "Linux", "DE", uint32(r.Status), "Net "+r.Instance
}

// anyTime draws moments that often are equal, on an hour's or day's edge, late
// or ahead.
func anyTime() *rapid.Generator[time.Time] {
	noon := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	return rapid.Custom(func(t *rapid.T) time.Time {
		base := rapid.SampledFrom([]time.Time{
			noon, noon.Add(12 * time.Hour), noon.Add(-36 * time.Hour), time.Unix(0, 0).UTC(), {},
		}).Draw(t, "base")
		unit := rapid.SampledFrom([]time.Duration{time.Microsecond, time.Second, 7 * time.Minute, time.Hour}).Draw(t, "unit")
		return base.Add(unit * time.Duration(rapid.IntRange(-3, 30).Draw(t, "offset")))
	})
}

func anyOf[T any](t *rapid.T, label string, list ...T) T {
	return rapid.SampledFrom(list).Draw(t, label)
}

func (m *model) record(t *rapid.T) {
	for range rapid.IntRange(1, 40).Draw(t, "requests") {
		r := record.Request{
			Time:      anyTime().Draw(t, "time"),
			IP:        netip.MustParseAddr(anyOf(t, "ip", "203.0.113.7", "203.0.113.8", "2001:db8::7")),
			Method:    anyOf(t, "method", "GET", "POST"),
			Path:      anyOf(t, "path", "/", "/desks/23", "/wp-login.php"),
			Status:    anyOf(t, "status", 200, 404, 500),
			UserAgent: anyOf(t, "agent", "Firefox 145; x", "Firefox Focus 3; x", "curl 8; x"),
			User:      anyOf(t, "user", "", "Ada"),
			Verdict:   anyOf(t, "verdict", "", record.VerdictPass, record.VerdictBan),
			RequestID: strconv.Itoa(len(m.rows)),
		}
		if !m.log.Record(&r) {
			t.Fatal("dropped")
		}
		r.Instance = "acme"
		nameBrowser(&r)
		m.rows = append(m.rows, r)
	}
}

func (m *model) query(t *rapid.T) query.Requests {
	var q query.Requests
	some := func(label string) bool { return rapid.IntRange(0, 4).Draw(t, label) == 0 }
	if some("by ip") {
		q.Prefix = netip.MustParsePrefix(anyOf(t, "prefix", "203.0.113.7/32", "203.0.113.0/24", "2001:db8::/32"))
	}
	if some("by from") {
		q.From = anyTime().Draw(t, "from").Add(anyOf[time.Duration](t, "more", 0, 1))
	}
	if some("by to") {
		q.To = anyTime().Draw(t, "to").Add(anyOf[time.Duration](t, "more", 0, 1))
	}
	if some("by status") {
		q.StatusMin, q.StatusMax = 400, anyOf(t, "status", 404, 499, 599)
	}
	if some("by browser") {
		q.Browser = anyOf(t, "browser", "Firefox", "curl 8", "none")
	}
	if some("by others") {
		q.Method, q.Path = anyOf(t, "method", "", "GET"), anyOf(t, "path", "", "/desks/*")
		q.User, q.Verdict = anyOf(t, "user", "", "ada"), anyOf(t, "verdict", "", record.VerdictPass)
		q.ASN, q.Country, q.OS = anyOf[uint32](t, "asn", 0, 404), anyOf(t, "country", "", "de"), anyOf(t, "os", "", "linux")
		q.Contains = anyOf(t, "contains", "", "LOGIN")
	}
	q.Limit = rapid.IntRange(1, 25).Draw(t, "limit")
	return q
}

// list asks a question and follows the cursors while requests arrive.
func (m *model) list(t *rapid.T) {
	q := m.query(t)
	known, arrivals := len(m.rows), 3
	seen := map[int]bool{}
	last := time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	for {
		page, next, err := m.log.Requests(context.Background(), q)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) > q.Limit || next != "" && len(page) < q.Limit {
			t.Fatalf("a page of %d rows, limit %d, next %q", len(page), q.Limit, next)
		}
		for _, r := range page {
			n, err := strconv.Atoi(r.RequestID)
			if err != nil || n >= len(m.rows) || !reflect.DeepEqual(r, m.rows[n]) {
				t.Fatalf("%+v was never recorded", r)
			}
			if seen[n] || m.gone[n] || r.Time.After(last) || !q.Match(&r) {
				t.Fatalf("%+v: repeated %v, after %v", r, seen[n], last)
			}
			seen[n], last = true, r.Time
		}
		if next == "" {
			break
		}
		q.Cursor = next
		if arrivals > 0 && rapid.Bool().Draw(t, "requests arrive") {
			m.record(t)
			arrivals--
		}
	}
	for n, r := range m.rows[:known] {
		if (q.Match(&r) && !m.gone[n]) != seen[n] {
			t.Fatalf("request %d: match %v, seen %v; query %+v", n, q.Match(&r), seen[n], q)
		}
	}
}

// sum compares a summary and a stream with the model.
func (m *model) sum(t *rapid.T) {
	q := query.Summary{Requests: m.query(t), Step: anyOf(t, "step", time.Minute, 7*time.Minute, time.Hour, 366*24*time.Hour)}
	got, err := m.log.Summary(context.Background(), q)
	if wrong := (*record.ParamError)(nil); errors.As(err, &wrong) && wrong.Param == "step" {
		return // the model's times are far apart
	}
	if err != nil {
		t.Fatal(err)
	}
	var want record.Summary
	addresses, steps := map[string]uint64{}, map[time.Time]record.SummaryStep{}
	for i := range m.rows {
		if r := &m.rows[i]; q.Match(r) && !m.gone[i] {
			want.Requests++
			addresses[r.Address()]++
			at := time.Unix(r.Time.Unix()-mod(r.Time.Unix(), int64(q.Step/time.Second)), 0).UTC()
			s := steps[at]
			s.Time = at
			s.Requests++
			s.Classes[record.ClassOf(r.Status)]++
			steps[at] = s
		}
	}
	if got.Requests != want.Requests || len(got.Steps) != len(steps) || len(got.Addresses) != len(addresses) {
		t.Fatalf("got %+v, want %d requests, steps %v, addresses %v", got, want.Requests, steps, addresses)
	}
	for _, s := range got.Steps {
		if s != steps[s.Time] {
			t.Fatalf("got %+v, want %+v", s, steps[s.Time])
		}
	}
	for _, c := range got.Addresses {
		if addresses[c.Value] != c.Requests {
			t.Fatalf("got %+v, want %v", c, addresses)
		}
	}
	m.each(t, q.Requests, want.Requests)
}

func (m *model) each(t *rapid.T, q query.Requests, want uint64) {
	last := time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	err := m.log.Each(context.Background(), q, func(r *record.Request) error {
		if !q.Match(r) || r.Time.After(last) {
			t.Fatalf("%+v after %v", r, last)
		}
		last = r.Time
		want--
		return nil
	})
	if err != nil || want != 0 {
		t.Fatalf("%d too few, %v", int64(want), err)
	}
}

// verify checks everything that is kept against the model.
func (m *model) verify(t *rapid.T) {
	if err := m.log.Flush(context.Background()); err != nil {
		t.Fatal(err)
	}
	h := m.log.Health()
	if h.Entries != uint64(len(m.rows)-len(m.gone)) || h.Dropped != 0 || h.Damaged != 0 || h.Queue != 0 {
		t.Fatalf("%d requests: health %+v", len(m.rows), h)
	}
	if len(m.rows) == 0 || len(m.gone) > 0 {
		return
	}
	byTime := func(a, b record.Request) int { return a.Time.Compare(b.Time) }
	if oldest := slices.MinFunc(m.rows, byTime).Time; !h.Oldest.Equal(oldest) {
		t.Fatalf("oldest %v, want %v", h.Oldest, oldest)
	}
	if newest := slices.MaxFunc(m.rows, byTime).Time; !h.Newest.Equal(newest) {
		t.Fatalf("newest %v, want %v", h.Newest, newest)
	}
}

func TestServerLogIsItsModel(t *testing.T) {
	testrun.Checks(t, 8, 200)
	dirs := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp(dirs, "")
		if err != nil {
			t.Fatal(err)
		}
		m := &model{t: t, dir: dir}
		m.open()
		defer func() { m.close() }()
		t.Repeat(map[string]func(*rapid.T){
			"record": m.record,
			"list":   m.list,
			"flush":  m.verify,
			"sum":    m.sum,
			"seal": func(t *rapid.T) {
				if rapid.IntRange(0, 5).Draw(t, "seldom") == 0 {
					if err := m.log.Seal(context.Background()); err != nil {
						t.Fatal(err)
					}
				}
			},
			"reopen": func(t *rapid.T) {
				if rapid.IntRange(0, 5).Draw(t, "seldom") == 0 { // it costs many syncs
					m.close()
					m.open()
				}
			},
		})
		m.verify(t)
		m.list(t)
	})
}
