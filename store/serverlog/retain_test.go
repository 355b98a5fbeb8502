package serverlog

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gatebook/gatebook/internal/testrun"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
	"github.com/gatebook/gatebook/store/kv"
)

// holding lists the files under dir that hold one of the texts.
func holding(t testing.TB, dir string, texts ...[]byte) (found []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		for _, text := range texts {
			if bytes.Contains(content, text) {
				found = append(found, fmt.Sprintf("%s has %x", path, text))
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func mustRetain(t testing.TB, l *Log, r Expiry) Retained {
	t.Helper()
	done, err := l.Retain(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	return done
}

// What is expired is in no file any more, whatever way it had come there.
func TestRetainLeavesNothingOnTheDisk(t *testing.T) {
	now := time.Date(2026, 11, 22, 23, 0, 0, 0, time.UTC)
	dir := t.TempDir()
	l := openTestServerLog(t, dir, Options{FlushEvery: quiet, Now: func() time.Time { return now }})
	v4, v6 := netip.MustParseAddr("203.0.113.77"), netip.MustParseAddr("2001:db8:1:2:3:4:5:6")
	add := func(age time.Duration, ip netip.Addr, path string) {
		r := numbered(0)
		r.Time, r.IP, r.Path = now.Add(-age), ip, path
		mustRecord(t, l, r)
		mustFlush(t, l)
	}
	for range 3 {
		add(40*24*time.Hour, netip.MustParseAddr("198.51.100.99"), "/forgotten")
		add(10*24*time.Hour, v4, "/kept")
		add(10*24*time.Hour, v6, "/kept")
		add(time.Hour, netip.MustParseAddr("192.0.2.55"), "/new")
	}
	mustSeal(t, l)
	add(10*24*time.Hour, v4, "/kept") // one that is not merged
	add(41*24*time.Hour, v4, "/forgotten")

	full4, full6 := v4.As4(), v6.As16()
	if len(holding(t, dir, full4[:], []byte("/forgotten"))) == 0 {
		t.Fatal("what should vanish was never there")
	}
	r := Expiry{DeleteBefore: now.Add(-30 * 24 * time.Hour), ShortenBefore: now.Add(-7 * 24 * time.Hour), DryRun: true}
	if done := mustRetain(t, l, r); done.Deleted != 4 || done.Shortened != 7 || l.Health().Entries != 14 {
		t.Errorf("a dry run says %+v of %d", done, l.Health().Entries)
	}
	r.DryRun = false
	if done := mustRetain(t, l, r); done.Deleted != 4 || done.Shortened != 7 {
		t.Errorf("done %+v", done)
	}
	if found := holding(t, dir, full4[:], full6[6:], []byte("/forgotten")); found != nil {
		t.Errorf("left on the disk: %q", found)
	}
	got := map[string]int{}
	err := l.Each(context.Background(), query.Requests{}, func(r *record.Request) error {
		got[r.Path+" "+r.IP.String()]++
		return nil
	})
	want := map[string]int{"/kept 203.0.113.0": 4, "/kept 2001:db8:1::": 3, "/new 192.0.2.55": 3}
	if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("kept %v, want %v; %v", got, want, err)
	}
	if done := mustRetain(t, l, r); done.Deleted+done.Shortened != 0 {
		t.Errorf("a second run: %+v", done)
	}
	if last, err := l.LastRetained(); err != nil || !last.Equal(now) {
		t.Errorf("last run %v, %v", last, err)
	}
}

// The disk is given back within the run.
func TestRetainFreesTheDisk(t *testing.T) {
	dir := t.TempDir()
	l := openTestServerLog(t, dir, Options{FlushEvery: quiet, QueueBytes: 64 << 20})
	start := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	const days, aDay = 10, 2000
	for n := range days * aDay {
		r := noisyRequests(1)[0]
		r.Path = fmt.Sprintf("/%d/%x", n, n*n*7919)
		r.UserAgent = r.UserAgent[n%3000 : n%3000+200]
		r.Time = start.Add(time.Duration(n) * 24 * time.Hour / aDay)
		mustRecord(t, l, &r)
		if n%500 == 0 {
			mustFlush(t, l)
		}
	}
	mustSeal(t, l)
	before, err := kv.UsedBytes(dir)
	if err != nil {
		t.Fatal(err)
	}
	done := mustRetain(t, l, Expiry{DeleteBefore: start.Add(8 * 24 * time.Hour)})
	after, err := kv.UsedBytes(dir)
	if err != nil {
		t.Fatal(err)
	}
	if done.Deleted != 8*aDay || after > before*4/10 || done.BytesAfter > done.BytesBefore*4/10 {
		t.Errorf("%d deleted; %d bytes before, %d after; %+v", done.Deleted, before, after, done)
	}
}

// After any runs, what is kept is what the model keeps.
func TestRetainAgainstModel(t *testing.T) {
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
			"age":    m.age,
		})
		m.list(t)
	})
}

func (m *model) age(t *rapid.T) {
	deleteBefore := anyTime().Draw(t, "delete before")
	shortenBefore := anyTime().Draw(t, "shorten before")
	if deleteBefore.IsZero() || shortenBefore.IsZero() {
		return
	}
	if _, err := m.log.Retain(context.Background(), Expiry{DeleteBefore: deleteBefore, ShortenBefore: shortenBefore}); err != nil {
		t.Fatal(err)
	}
	for i := range m.rows {
		r := &m.rows[i]
		if r.Time.Before(deleteBefore) {
			m.gone[i] = true
		} else if r.Time.Before(shortenBefore) {
			bits := 24
			if r.IP.Is6() {
				bits = 48
			}
			prefix, err := r.IP.Prefix(bits)
			if err != nil {
				t.Fatal(err)
			}
			r.IP = prefix.Addr()
		}
	}
}
