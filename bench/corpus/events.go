package corpus

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/gatebook/gatebook/record"
)

// What questions about events ask for. Half of the bookings are of a desk and
// half of a room, and none of both.
const (
	CommonWord   = "created"
	OneWord      = "desk"
	AnotherWord  = "room"
	RareWord     = "Quincunx"
	MissingWord  = "zeppelin"
	ForeignWord  = "größenwahn"
	NeverDenied  = "u_0" // a person who does much and is never denied
	rareEvery    = 250_000
	eventsPerson = 500
)

// EventsFrom is when a log of events begins.
var EventsFrom = start

// EventLog makes events, the same for the same seed and length, spread over
// half a year in the order of their times, as a booking system sends them.
type EventLog struct {
	rng     *rand.Rand
	people  []record.Initiator
	step    time.Duration
	at      time.Time
	n, left int
}

var (
	givenNames  = []string{"Anna", "Jörg", "María", "Paul", "Zoë", "Lukas", "Mia", "Jürgen", "Chloé", "Tom", "Søren", "Eva"}
	familyNames = []string{"Müller", "Schmidt", "Weiß", "Garcia", "Novák", "Jansen", "Kowalski", "Rossi", "Berg", "Öztürk", "Klein", "Dubois"}
	places      = []string{"Berlin", "München", "Köln", "Wien", "Zürich", "Hamburg"}
	otherEvents = []struct{ category, subject, kind, text string }{
		{"login", "User", "login.succeeded", "%s has logged in."},
		{"user", "User", "user.updated", "The profile of %s has been changed."},
		{"equipment", "Equipment", "equipment.reported", "%s has reported a defect."},
		{"location", "Location", "location.updated", "The opening hours have been changed by %s."},
		{"smart_lock", "SmartLock", "lock.opened", "The lock has been opened for %s."},
		{"webhook", "Webhook", "webhook.delivered", "A webhook of %s has been delivered."},
	}
)

// NewEvents returns a log of n events.
func NewEvents(seed uint64, n int) *EventLog {
	l := &EventLog{rng: rand.New(rand.NewPCG(seed, 3)), step: 180 * 24 * time.Hour / time.Duration(max(n, 1)), at: start, left: n}
	for i := range max(2, n/eventsPerson) {
		given, family := givenNames[l.rng.IntN(len(givenNames))], familyNames[l.rng.IntN(len(familyNames))]
		l.people = append(l.people, record.Initiator{
			ID: "u_" + strconv.Itoa(i), Name: given + " " + family, Email: fmt.Sprintf("person%d@example.com", i), Kind: "user",
		})
	}
	return l
}

// Next fills in e and reports whether there was an event left.
func (l *EventLog) Next(e *record.Event) bool {
	if l.left == 0 {
		return false
	}
	l.left--
	l.n++
	l.at = l.at.Add(l.step/2 + time.Duration(l.rng.Int64N(int64(l.step))))
	at := l.at.Truncate(time.Microsecond)
	who := l.person()
	*e = record.Event{
		ID:        fmt.Sprintf("01GR%022X", l.rng.Uint64()),
		Time:      at,
		Received:  at.Add(40 * time.Millisecond),
		Initiator: &who,
		Outcome:   record.OutcomeSuccess,
		Status:    200,
		Method:    "POST",
		RequestID: fmt.Sprintf("%016x-%016x", l.rng.Uint64(), l.rng.Uint64()),
		Transport: "header",
	}
	if l.rng.IntN(10) < 6 {
		l.booking(e)
	} else {
		l.other(e)
	}
	if who.ID != NeverDenied && l.rng.IntN(100) == 0 {
		e.Outcome, e.Status = record.OutcomeDenied, 403
	}
	if l.n%rareEvery == rareEvery/2 {
		e.Text = "The " + RareWord + " has been found."
	}
	return true
}

// person is one of all, the first ones more often.
func (l *EventLog) person() record.Initiator {
	return l.people[min(l.rng.IntN(len(l.people)), l.rng.IntN(len(l.people)))]
}

func (l *EventLog) booking(e *record.Event) {
	verb := []string{"created", "created", "updated", "deleted"}[l.rng.IntN(4)]
	place := places[l.rng.IntN(len(places))]
	thing := fmt.Sprintf("Desk %d", l.rng.IntN(400))
	if l.rng.IntN(2) == 0 {
		thing = fmt.Sprintf("Room %s %d", place, l.rng.IntN(40))
	}
	e.Category, e.Type = "booking", "booking."+verb
	e.Subject = &record.Subject{Type: "Booking", ID: strconv.Itoa(40_000 + l.rng.IntN(4*l.n+1)), Label: thing}
	e.Text = fmt.Sprintf("A booking has been %s for %q on floor %d.", verb, thing, l.rng.IntN(9))
	e.Action = &record.Action{Label: "View", Href: "/dashboard/bookings/" + e.Subject.ID}
	e.Until = e.Time.Add(time.Duration(l.rng.IntN(14*24)) * time.Hour)
	if l.rng.IntN(3) == 0 {
		e.Persons = []string{l.person().ID}
	}
	if verb == "updated" {
		e.Changes = []record.Change{{Field: "desk", Old: json.RawMessage(`"12"`), New: json.RawMessage(`"14"`)}}
	}
}

func (l *EventLog) other(e *record.Event) {
	o := otherEvents[l.rng.IntN(len(otherEvents))]
	e.Category, e.Type = o.category, o.kind
	e.Subject = &record.Subject{Type: o.subject, ID: strconv.Itoa(l.rng.IntN(5000))}
	e.Text = fmt.Sprintf(o.text, e.Initiator.Name)
}
