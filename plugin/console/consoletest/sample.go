package consoletest

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/gatebook/gatebook/record"
)

// Now is when all of these tests happen.
var Now = time.Date(2026, 11, 23, 11, 0, 0, 0, time.UTC)

// Berlin is the zone of the sample.
func Berlin(t testing.TB) *time.Location {
	loc, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// Sample is a source with one record of every kind that pages tell apart.
func Sample(t testing.TB) *Source {
	ago := func(d time.Duration) time.Time { return Now.Add(-d) }
	desk := &record.Initiator{ID: "u_17", Name: "Front Desk", Email: "front.desk@example.com", Kind: "user"}
	b := &Source{Zone: Berlin(t), Policy: record.LogPolicy{LogSettings: record.LogSettings{RetentionDays: 180, Timezone: "Europe/Berlin"}}}
	b.EventList = []record.Event{
		{Seq: 1, ID: "old", Time: ago(40 * 24 * time.Hour), Category: "booking", Type: "booking.created", Text: "An old booking.", Initiator: desk},
		{Seq: 2, ID: "export", Time: ago(5 * time.Hour), Category: "global", Type: "booking.exported", Text: "Bookings have been exported.", Initiator: desk, Outcome: "success"},
		{Seq: 3, ID: "anon", Time: ago(4 * time.Hour), Category: "booking", Type: "booking.cancelled", Anonymized: true,
			Subject: &record.Subject{Type: "Booking", ID: "45880"}},
		{Seq: 4, ID: "lock", Time: ago(3 * time.Hour), Category: "smart_lock", Key: "lock.synced", Params: map[string]string{"door": "North", "result": "ok"}},
		{Seq: 5, ID: "login", Time: ago(2 * time.Hour), Category: "login", Type: "login.failed", Text: "Sign-in failed.", Outcome: "denied",
			Initiator: &record.Initiator{ID: "key_1", Kind: "api"}, Action: &record.Action{Label: "Leave", Href: "//evil.example"}},
		{Seq: 45886, ID: "01GR3YH2V8M9Q7T4C6X0B5N2KD", Time: ago(time.Hour), Received: ago(time.Hour - time.Second),
			Category: "booking", Type: "booking.updated", Text: `A booking has been moved to "Table 23".`, Initiator: desk,
			Subject: &record.Subject{Type: "Booking", ID: "45887", Label: "Table 23"}, Outcome: "success",
			Action:  &record.Action{Label: "View", Href: "/dashboard/bookings/45887"},
			Changes: []record.Change{{Field: "start", Old: json.RawMessage(`"09:00"`), New: json.RawMessage(`"10:30"`)}, {Field: "seats", New: json.RawMessage(`4`)}},
			Details: json.RawMessage(`{"room":{"id":7}}`), Marks: []string{record.MarkLate}, Until: Now.Add(24 * time.Hour)},
	}
	b.RequestList = []record.Request{
		{Time: ago(4 * time.Minute), Instance: "acme", IP: netip.MustParseAddr("198.51.100.4"), Method: "POST", Path: "/api/rooms/23/sync", Query: "full=1", Status: 503,
			Browser: "curl 8.5", RequestID: "r-77", Error: &record.Failure{Source: record.SourceApp, Type: "GraphException", Message: "The token <b> has expired.",
				Where: "app/Sync.php:88", Trace: "#0 app/Sync.php(88)\n#1 {main}", Integration: "Microsoft 365", Cut: true}},
		{Time: ago(3 * time.Minute), Instance: "acme", IP: netip.MustParseAddr("2001:db8::7"), Method: "POST", Path: "/wp-login.php", Status: 404, Bytes: 512,
			UserAgent: "probe/1.0", Country: "FR", Verdict: record.VerdictBan},
		{Time: ago(2 * time.Minute), Instance: "acme", IP: netip.MustParseAddr("203.0.113.7"), Method: "GET", Path: "/desks/23", Query: "day=mon", Status: 200, Bytes: 5120,
			Duration: 12400 * time.Microsecond, Browser: "Firefox 145", OS: "Windows 11", UserAgent: "Mozilla/5.0", Country: "DE"},
		{Time: ago(time.Minute), Instance: "acme", Method: "GET", Path: "/boom", Status: 502, Aborted: true, User: "secret-user",
			Error: &record.Failure{Source: record.SourceGate, Message: "dial tcp: refused"}},
	}
	b.State = record.Health{
		Instance: "acme", State: record.StateOK, LastRetentionRun: ago(time.Hour),
		ApplicationLog: &record.BookHealth{State: record.StateOK, Entries: 6, Newest: ago(time.Hour), Recorded: 6, Rejected: 2},
		ServerLog:      &record.BookHealth{State: record.StateOK, Entries: 4, Bytes: 4096, Newest: ago(time.Minute), Recorded: 4},
	}
	return b
}

// Many is a source of n events, numbered from 1, a minute apart.
func Many(t *testing.T, n int) *Source {
	b := &Source{Zone: Berlin(t), State: record.Health{ApplicationLog: &record.BookHealth{State: record.StateOK, Entries: uint64(n)}}}
	for i := range n {
		b.Add(uint64(i+1), Now.Add(-time.Duration(n-i)*time.Minute))
	}
	return b
}

// Flagged is sample with a review queue: a scanner, an office, an account and an
// incident that is going on.
func Flagged(t testing.TB) *Source {
	b := Sample(t)
	ago := func(d time.Duration) time.Time { return Now.Add(-d) }
	rule := func(name string, count int, first time.Duration) record.FlagRule {
		return record.FlagRule{Rule: name, Count: count, First: ago(first), Last: ago(first / 2)}
	}
	b.FlagList = []record.Flag{
		{ID: "f3", Subject: record.FlagSubject{Kind: record.AccountSubject, Value: "ada"}, State: record.FlagObserved, Review: record.ReviewNew,
			Changed: ago(3 * time.Hour), Rules: []record.FlagRule{rule("login-distributed", 7, 3*time.Hour)}},
		{ID: "f2", Subject: record.FlagSubject{Kind: record.AddressSubject, Value: "198.51.100.0/24"}, State: record.FlagObserved, Review: record.ReviewNew,
			Changed: ago(2 * time.Hour), Country: "DE", Rules: []record.FlagRule{rule("own-rule", 12, 2*time.Hour)}},
		{ID: "f1", Subject: record.FlagSubject{Kind: record.AddressSubject, Value: "203.0.113.7/32"}, State: record.FlagBanned, Review: record.ReviewNew,
			Since: ago(time.Hour), Until: Now.Add(time.Hour), Changed: ago(time.Hour), Strikes: 1, Country: "FR", ASN: 64500,
			Rules: []record.FlagRule{rule("http-probing", 11, time.Hour)}, Notes: []record.Note{{At: ago(time.Minute), Text: "looks bad", By: "eve"}},
			Evidence: []record.Evidence{{Request: record.Request{Time: ago(time.Hour), IP: netip.MustParseAddr("203.0.113.7"), Method: "GET", Path: "/.env", Status: 404},
				Worth: record.Worth{Intent: record.IntentSecret, Answer: record.AnswerMissing, Client: record.ClientStranger, Rule: "http-sensitive-files", Cost: 0.25}}}},
		{ID: "f4", Subject: record.FlagSubject{Kind: record.InstanceSubject}, State: record.FlagObserved, Review: record.ReviewNew,
			Changed: ago(time.Minute), Rules: []record.FlagRule{rule("instance-flood", 900, time.Minute)},
			Incidents: []record.Incident{
				{Rule: "ban-budget", Begin: ago(50 * time.Hour), Last: ago(49 * time.Hour), End: ago(49 * time.Hour), Banned: 12},
				{Rule: "instance-flood", Begin: ago(time.Minute), Last: ago(10 * time.Second), Peak: 900, Usual: 20, Throttled: 1200, Banned: 34},
			}},
	}
	b.Logins = []record.Event{
		{Seq: 71, Time: ago(50 * time.Minute), Category: "login", Type: "login.failed", Text: "Sign-in failed.", Outcome: record.OutcomeFailure, Initiator: &record.Initiator{Name: "Ada Example"}},
		{Seq: 72, Time: ago(40 * time.Minute), Category: "booking", Text: "A secret booking.", Initiator: &record.Initiator{Name: "Ada Example"}},
	}
	return b
}

// AddressFlag is a flag of an address or a network.
func AddressFlag(prefix string, state record.FlagState) record.Flag {
	return record.Flag{
		ID: "id-" + strings.ReplaceAll(prefix, "/", "-"), Subject: record.FlagSubject{Kind: record.AddressSubject, Value: prefix},
		State: state, Review: record.ReviewNew, Since: Now.Add(-time.Hour), Changed: Now.Add(-time.Hour),
		Rules: []record.FlagRule{{Rule: "http-probing", Count: 11, First: Now.Add(-time.Hour), Last: Now.Add(-time.Hour)}},
		Evidence: []record.Evidence{{Request: record.Request{Time: Now.Add(-time.Hour), Method: "GET", Path: "/.env", Status: 404},
			Worth: record.Worth{Intent: record.IntentSecret, Answer: record.AnswerMissing, Client: record.ClientStranger, Rule: "http-sensitive-files", Cost: 1}}},
	}
}
