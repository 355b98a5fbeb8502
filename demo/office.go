package demo

import (
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"
)

// refusal is the reason why the office refuses a booking, as a text for the page.
type refusal string

func (r refusal) Error() string { return string(r) }

const (
	errNoDesk    = refusal("There is no such desk.")
	errNoBooking = refusal("There is no such booking.")
	errDay       = refusal("Desks can be booked for today and tomorrow.")
	errTaken     = refusal("Somebody was faster: that desk is taken.")
	errNotYours  = refusal("Only the person who booked a desk may cancel it.")
	errGone      = refusal("That booking has been cancelled, or its day is over.")
	errName      = refusal("A name has 1 to 40 characters and starts with a letter or a digit.")
	errHours     = refusal("Hours are written like 08:00, and the office opens before it closes.")
)

// maxBookings bounds the bookings kept, cancelled and past ones included.
const maxBookings = 500

type desk struct {
	ID         int
	Name, Zone string
	Equipment  string
}

type booking struct {
	ID        int
	Desk      desk
	User      *user
	Day       time.Time // midnight
	Cancelled bool
}

// hours are when the office is open, like 08:00.
type hours struct{ Opens, Closes string }

// office holds desks and bookings in memory. Its methods may be called
// concurrently and hand out copies.
type office struct {
	now func() time.Time

	mu       sync.Mutex
	desks    []desk
	bookings []booking // by ID, at most maxBookings
	lastID   int
	hours    hours
}

func newOffice(now func() time.Time) *office {
	o := &office{now: now, lastID: 45880, hours: hours{"08:00", "18:00"}}
	for _, zone := range []struct {
		name, equipment string
		first           int
		desks           [4]string
	}{
		{"Window side", "Two monitors, height-adjustable", 11, [4]string{"Table 11", "Table 12", "Table 13", "Table 14"}},
		{"Courtyard", "One monitor, docking station", 21, [4]string{"Table 21", "Table 22", "Table 23", "Table 24"}},
		{"Quiet room", "One wide monitor", 31, [4]string{"Table 31", "Table 32", "Table 33", "Café corner"}},
	} {
		for i, name := range zone.desks {
			o.desks = append(o.desks, desk{zone.first + i, name, zone.name, zone.equipment})
		}
	}
	return o
}

// days are the two that can be booked: today and tomorrow.
func (o *office) days() [2]time.Time {
	y, m, d := o.now().Date()
	loc := o.now().Location()
	return [2]time.Time{time.Date(y, m, d, 0, 0, 0, 0, loc), time.Date(y, m, d+1, 0, 0, 0, 0, loc)}
}

// day reads 2006-01-02; the empty string means today.
func (o *office) day(s string) (time.Time, error) {
	days := o.days()
	if s == "" {
		return days[0], nil
	}
	for _, d := range days {
		if d.Format(time.DateOnly) == s {
			return d, nil
		}
	}
	return time.Time{}, errDay
}

// active reports whether b still takes its desk.
func (o *office) active(b booking) bool {
	return !b.Cancelled && !b.Day.Before(o.days()[0])
}

// plan lists the desks and who has booked them on a day, by desk id.
func (o *office) plan(day time.Time) ([]desk, map[int]booking) {
	o.mu.Lock()
	defer o.mu.Unlock()
	taken := make(map[int]booking)
	for _, b := range o.bookings {
		if o.active(b) && b.Day.Equal(day) {
			taken[b.Desk.ID] = b
		}
	}
	return slices.Clone(o.desks), taken
}

func (o *office) desk(id int) (desk, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	i := o.deskIndex(id)
	if i < 0 {
		return desk{}, errNoDesk
	}
	return o.desks[i], nil
}

func (o *office) deskIndex(id int) int {
	return slices.IndexFunc(o.desks, func(d desk) bool { return d.ID == id })
}

// book gives the desk to u for a day that day() has accepted.
func (o *office) book(u *user, id int, day time.Time) (booking, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	i := o.deskIndex(id)
	if i < 0 {
		return booking{}, errNoDesk
	}
	if slices.ContainsFunc(o.bookings, func(b booking) bool {
		return o.active(b) && b.Desk.ID == id && b.Day.Equal(day)
	}) {
		return booking{}, errTaken
	}
	if len(o.bookings) >= maxBookings {
		// There is always one: twelve desks have 24 active bookings at most.
		old := slices.IndexFunc(o.bookings, func(b booking) bool { return !o.active(b) })
		o.bookings = slices.Delete(o.bookings, old, old+1)
	}
	o.lastID++
	b := booking{ID: o.lastID, Desk: o.desks[i], User: u, Day: day}
	o.bookings = append(o.bookings, b)
	return b, nil
}

func (o *office) booking(id int) (booking, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, b := range o.bookings {
		if b.ID == id {
			return b, nil
		}
	}
	return booking{}, errNoBooking
}

func (o *office) cancel(u *user, id int) (booking, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i, b := range o.bookings {
		switch {
		case b.ID != id:
			continue
		case b.User != u:
			return b, errNotYours
		case !o.active(b):
			return b, errGone
		}
		o.bookings[i].Cancelled = true
		return o.bookings[i], nil
	}
	return booking{}, errNoBooking
}

// list returns the active bookings of u, or of everybody if u is nil.
func (o *office) list(u *user) []booking {
	o.mu.Lock()
	defer o.mu.Unlock()
	var out []booking
	for _, b := range o.bookings {
		if o.active(b) && (u == nil || b.User == u) {
			out = append(out, b)
		}
	}
	return out
}

func (o *office) openingHours() hours {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.hours
}

func (o *office) setHours(opens, closes string) (before, after hours, err error) {
	from, err1 := time.Parse("15:04", opens)
	to, err2 := time.Parse("15:04", closes)
	if err1 != nil || err2 != nil || !from.Before(to) {
		return hours{}, hours{}, errHours
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	before = o.hours
	o.hours = hours{from.Format("15:04"), to.Format("15:04")}
	return before, o.hours, nil
}

// rename returns the desk as it is now, and its former name.
func (o *office) rename(id int, name string) (desk, string, error) {
	name = strings.TrimSpace(name)
	first, _ := utf8.DecodeRuneInString(name)
	if !utf8.ValidString(name) || utf8.RuneCountInString(name) > 40 ||
		!unicode.IsLetter(first) && !unicode.IsDigit(first) ||
		strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return desk{}, "", errName
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	i := o.deskIndex(id)
	if i < 0 {
		return desk{}, "", errNoDesk
	}
	old := o.desks[i].Name
	o.desks[i].Name = name
	return o.desks[i], old, nil
}

// end is when a booking is over: at closing time of its day.
func (o *office) end(b booking) time.Time {
	t, err := time.Parse("15:04", o.openingHours().Closes)
	if err != nil {
		panic(err) // setHours lets nothing else in
	}
	y, m, d := b.Day.Date()
	return time.Date(y, m, d, t.Hour(), t.Minute(), 0, 0, b.Day.Location())
}
