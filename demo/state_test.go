package demo

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
	_ "time/tzdata"
	"unicode/utf8"
)

func TestSessionsAreBounded(t *testing.T) {
	now := noon
	s := &sessions{now: func() time.Time { return now }, byID: make(map[string]*session)}
	ask := func(id string) *user {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.AddCookie(&http.Cookie{Name: SessionCookie, Value: id})
		return s.userOf(r)
	}
	kept, lost := s.open(users[0], nil), s.open(users[1], nil)
	for range maxSessions + 10 {
		now = now.Add(time.Second)
		if ask(kept) != users[0] {
			t.Fatal("a session in use was thrown out")
		}
		s.open(users[2], nil)
	}
	if len(s.byID) != maxSessions || ask(lost) != nil {
		t.Errorf("%d sessions, the oldest belongs to %v", len(s.byID), ask(lost))
	}
	now = now.Add(sessionLife + time.Second)
	if ask(kept) != nil {
		t.Error("a session outlives its time")
	}
	if ask("made-up") != nil {
		t.Error("a made-up session is somebody")
	}
}

func TestLoginChangesTheSession(t *testing.T) {
	s := newSite(t)
	first := s.logIn("ada@example.com")
	second := s.logIn("grace@example.com")
	if first.header.Get("Set-Cookie") == second.header.Get("Set-Cookie") {
		t.Error("two logins share a session")
	}
	if n := len(s.app.sessions.byID); n != 1 {
		t.Errorf("%d sessions, the former one stays open", n)
	}
}

func TestBookingsAreBounded(t *testing.T) {
	now := noon
	o := newOffice(func() time.Time { return now })
	kept, err := o.book(users[0], 11, o.days()[1])
	if err != nil {
		t.Fatal(err)
	}
	for range 2 * maxBookings {
		b, err := o.book(users[1], 12, o.days()[0])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.cancel(users[1], b.ID); err != nil {
			t.Fatal(err)
		}
	}
	if len(o.bookings) != maxBookings {
		t.Errorf("%d bookings are kept", len(o.bookings))
	}
	if list := o.list(nil); len(list) != 1 || list[0].ID != kept.ID {
		t.Errorf("%+v, want booking %d", list, kept.ID)
	}
	now = now.AddDate(0, 0, 2)
	if list := o.list(nil); len(list) != 0 {
		t.Errorf("%+v is over", list)
	}
	if _, err := o.cancel(users[0], kept.ID); !errors.Is(err, errGone) {
		t.Errorf("cancelling a day that is over: %v", err)
	}
}

// Days are calendar days: the one after the change of clocks has 25 hours.
func TestDaysAcrossTheChangeOfClocks(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	o := newOffice(func() time.Time { return time.Date(2026, 10, 25, 23, 30, 0, 0, berlin) })
	days := o.days()
	if days[0].Format(time.DateOnly) != "2026-10-25" || days[1].Format(time.DateOnly) != "2026-10-26" {
		t.Error(days)
	}
}

func FuzzHeaderJSON(f *testing.F) {
	for _, s := range []string{"Table 23", "Café", "📚", "\x7f", "a\r\nX-Evil: 1", "\xff", "\u2028", `"\`, "<b>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		line := headerJSON(change{Field: s})
		for _, c := range []byte(line) {
			if c < 0x20 || c > 0x7E {
				t.Fatalf("byte %#x in %q", c, line)
			}
		}
		var back change
		if err := json.Unmarshal([]byte(line), &back); err != nil {
			t.Fatal(err)
		}
		if utf8.ValidString(s) && back.Field != s {
			t.Fatalf("%q became %q", s, back.Field)
		}
	})
}

func TestIDsSortByTime(t *testing.T) {
	if a, b := newID(noon), newID(noon.Add(time.Millisecond)); len(a) != 26 || a >= b {
		t.Errorf("%s, then %s", a, b)
	}
}
