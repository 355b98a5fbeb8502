package security_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gatebook/gatebook/plugin/console"
	"github.com/gatebook/gatebook/plugin/console/consoletest"
	"github.com/gatebook/gatebook/record"
)

// decider is a console of somebody, and the flags that it decides about.
func decider(t *testing.T) (*console.Console, *consoletest.Source) {
	b := consoletest.Flagged(t)
	c := consoletest.New(t, b, console.RoleSecurity)
	c.User = "eve"
	return c, b
}

// TestDeciding asks first, then does what was confirmed, and undoes it.
func TestDeciding(t *testing.T) {
	c, b := decider(t)
	asked := consoletest.Post(c, "/decide", url.Values{"id": {"f1", "f2"}, "decision": {"ban"}, "for": {"4h"}, "note": {"loud"}, "back": {"/logs/flags?review=new"}})
	consoletest.Holds(t, "asking", asked, 200, "<h1>Ban?</h1>", "Every request from there is refused.", `name="confirmed"`, `name="id" value="f1"`, `name="id" value="f2"`,
		"203.0.113.7", "198.51.100.0/24", `value="loud"`, `<option value="4h" selected>`, `name="back" value="/logs/flags?review=new"`)
	if f := b.MustFlag(t, "f2"); f.State != record.FlagObserved {
		t.Fatal("something was done before it was confirmed")
	}
	form := consoletest.Form(t, asked.Body.String(), `name="confirmed"`)
	form.Set("decision", "ban")
	form.Set("for", "4h")
	w := consoletest.Post(c, "/decide", form)
	back := strings.TrimPrefix(w.Header().Get("Location"), "/logs")
	if w.Code != 303 || !strings.HasPrefix(back, "/flags?done=ban&n=2&review=new&undo=f1~") {
		t.Fatalf("status %d, %v", w.Code, w.Header())
	}
	f := b.MustFlag(t, "f2")
	if last := f.Decisions[0]; f.State != record.FlagBanned || last.By != "eve" || last.Note != "loud" || last.Until.Sub(last.At) != 4*time.Hour {
		t.Errorf("%+v", f)
	}
	told := consoletest.Get(c, back)
	consoletest.Holds(t, "the message", told, 200, "Banned: 2 flags.", ">Undo</button>", `name="back" value="/logs/flags?review=new"`, "4 flags.")

	undo := consoletest.Form(t, told.Body.String(), ">Undo</button>")
	w = consoletest.Post(c, "/undo", undo)
	if w.Code != 303 || w.Header().Get("Location") != "/logs/flags?done=undone&n=2&of=f1&of=f2&review=new" {
		t.Errorf("status %d, %v", w.Code, w.Header())
	}
	if f := b.MustFlag(t, "f2"); f.State != record.FlagCleared || f.Decisions[1].By != "eve" {
		t.Errorf("%+v", f)
	}
	consoletest.Holds(t, "taken back", consoletest.Get(c, "/flags?done=undone&n=2&of=f1&of=f2&review=new"), 200, "The decision was taken back. In force now: nothing: 2.", "!>Undo<", "4 flags.")
	w = consoletest.Post(c, "/undo", undo)
	if w.Header().Get("Location") != "/logs/flags?done=meanwhile&n=0&review=new" || len(b.MustFlag(t, "f2").Decisions) != 2 {
		t.Errorf("what is done no more was taken back: %v", w.Header())
	}
	consoletest.Holds(t, "nothing taken back", consoletest.Get(c, "/flags?done=meanwhile&n=0"), 200, "Nothing was taken back")
	auditKinds := 0
	for _, e := range b.EventList {
		if e.Key == "gatebook.flags_decided" && e.Initiator.Name == "eve" && !strings.Contains(fmt.Sprint(e.Text, e.Params, string(e.Details)), "203.0.113") {
			auditKinds++
		}
	}
	if auditKinds != 2 {
		t.Errorf("%d traces were left", auditKinds)
	}
}

func queryOf(t *testing.T, address string) url.Values {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query()
}

// TestUndoGoesBack: to the decision that held before, for what is left of it.
func TestUndoGoesBack(t *testing.T) {
	for _, test := range []struct {
		name    string
		earlier []record.Decision
		state   record.FlagState
		until   time.Duration
	}{
		{"nothing", nil, record.FlagCleared, 0},
		{"a throttle", []record.Decision{{Decision: record.DecideThrottle, Until: consoletest.Now.Add(time.Hour)}}, record.FlagThrottled, time.Hour},
		{"for ever", []record.Decision{{Decision: record.DecideAllow}, {Decision: record.DecideConfirm}}, record.FlagAllowed, 0},
		{"one that is over", []record.Decision{{Decision: record.DecideThrottle, Until: consoletest.Now.Add(-time.Hour)}}, record.FlagCleared, 0},
		{"cleared", []record.Decision{{Decision: record.DecideAllow}, {Decision: record.DecideClear}}, record.FlagCleared, 0},
	} {
		c, b := decider(t)
		b.FlagList[2].Decisions = test.earlier
		w := consoletest.Post(c, "/decide", url.Values{"id": {"f1"}, "decision": {"ban"}, "confirmed": {"yes"}})
		consoletest.Post(c, "/undo", url.Values{"undo": queryOf(t, w.Header().Get("Location"))["undo"]})
		f := b.MustFlag(t, "f1")
		last := f.Decisions[len(f.Decisions)-1]
		if f.State != test.state || !last.Until.IsZero() != (test.until > 0) || test.until > 0 && last.Until.Sub(last.At) != test.until {
			t.Errorf("%s: %s, %+v", test.name, f.State, last)
		}
	}
}

// TestWhomItHits counts requests, user agents, users and addresses, of late alone.
func TestWhomItHits(t *testing.T) {
	c, b := decider(t)
	for i := range 40 {
		b.RequestList = append(b.RequestList, record.Request{
			Time: consoletest.Now.Add(-time.Hour), IP: netip.AddrFrom4([4]byte{198, 51, 100, byte(i)}), UserAgent: fmt.Sprint("agent ", i%4), User: fmt.Sprint("user ", i%7),
		})
	}
	b.RequestList = append(b.RequestList, record.Request{Time: consoletest.Now.Add(-25 * time.Hour), IP: netip.MustParseAddr("198.51.100.200"), UserAgent: "old"})
	consoletest.Holds(t, "an office", consoletest.Post(c, "/decide", url.Values{"id": {"f2"}, "decision": {"ban"}}), 200,
		`data-label="Requests" class="number">41</td>`, `data-label="User agents" class="number">4</td>`, `data-label="Users known by name" class="number">7</td>`,
		`data-label="Addresses" class="number">40</td>`, "Many people share one of these")
	consoletest.Holds(t, "a scanner", consoletest.Post(c, "/decide", url.Values{"id": {"f1"}, "decision": {"ban"}}), 200, `data-label="Requests" class="number">1</td>`, "!Many people")
	for i := range 5 {
		b.Logins = append(b.Logins, record.Event{Time: consoletest.Now.Add(-time.Hour), Category: "login", Outcome: record.OutcomeSuccess, Initiator: &record.Initiator{Name: fmt.Sprint("colleague ", i)}})
	}
	consoletest.Holds(t, "people that the application knows", consoletest.Post(c, "/decide", url.Values{"id": {"f1"}, "decision": {"throttle"}}), 200,
		`data-label="Users known by name" class="number">5</td>`, "Many people share one of these")
	consoletest.Holds(t, "an account", consoletest.Post(c, "/decide", url.Values{"id": {"f3"}, "decision": {"clear"}}), 200, "What holds is lifted")
	consoletest.Holds(t, "everybody", consoletest.Post(c, "/decide", url.Values{"id": {"f4"}, "decision": {"confirm"}}), 200, ">everybody</td>")
}

func TestDecidingAboutWhatIsNotFlagged(t *testing.T) {
	c, b := decider(t)
	consoletest.Holds(t, "asking", consoletest.Post(c, "/decide", url.Values{"address": {"192.0.2.9"}, "decision": {"allow"}}), 200, `name="address" value="192.0.2.9/32"`)
	w := consoletest.Post(c, "/decide", url.Values{"address": {"2001:db8::1"}, "decision": {"allow"}, "confirmed": {"yes"}, "back": {"/logs/addresses/2001:db8::1"}})
	if w.Code != 303 || !strings.HasPrefix(w.Header().Get("Location"), "/logs/addresses/2001:db8::1?done=allow") {
		t.Errorf("status %d, %v", w.Code, w.Header())
	}
	if f := b.FlagList[len(b.FlagList)-1]; f.Subject.Value != "2001:db8::/64" || f.State != record.FlagAllowed {
		t.Errorf("%+v", f)
	}
	consoletest.Holds(t, "afterwards", consoletest.Get(c, strings.TrimPrefix(w.Header().Get("Location"), "/logs")), 200, "Allowed 2001:db8::/64.", ">Undo</button>")
}

// TestBadDecisions are refused, and change nothing.
func TestBadDecisions(t *testing.T) {
	c, b := decider(t)
	yes := []string{"yes"}
	for _, test := range []struct {
		form   url.Values
		status int
		says   string
	}{
		{url.Values{"decision": {"ban"}, "confirmed": yes}, 400, "Nothing is selected."},
		{url.Values{"id": {"f1"}, "decision": {"burn"}, "confirmed": yes}, 400, `decision "burn": must be one of ban`},
		{url.Values{"id": {"f1"}, "confirmed": yes}, 400, "decision: must be one of ban"},
		{url.Values{"id": {"f1"}, "decision": {"ban"}, "for": {"1s"}, "confirmed": yes}, 400, "must be one of 15m"},
		{url.Values{"id": {"f1"}, "decision": {"ban"}, "note": {strings.Repeat("a", record.MaxText+1)}, "confirmed": yes}, 400, "is longer than"},
		{url.Values{"id": {"zebra"}, "decision": {"ban"}, "confirmed": yes}, 404, "There is no such entry."},
		{url.Values{"address": {"nowhere"}, "decision": {"ban"}, "confirmed": yes}, 400, "is no address"},
		{url.Values{"id": {"f1", "f3"}, "decision": {"ban"}, "confirmed": yes}, 400, "Ban is not possible for ada: it is for addresses."},
		{url.Values{"id": {"f4"}, "decision": {"allow"}, "confirmed": yes}, 400, "is not possible for acme"},
	} {
		w := consoletest.Post(c, "/decide", test.form)
		consoletest.Holds(t, fmt.Sprint(test.form), w, test.status, test.says)
	}
	many := url.Values{"decision": {"ban"}, "confirmed": yes}
	for i := range 51 {
		many.Add("address", fmt.Sprintf("192.0.2.%d", i))
	}
	consoletest.Holds(t, "too many", consoletest.Post(c, "/decide", many), 400)
	consoletest.Holds(t, "an undo of nothing", consoletest.Post(c, "/undo", url.Values{"undo": {"f1"}}), 400)
	consoletest.Holds(t, "a big form", consoletest.Post(c, "/decide", url.Values{"note": {strings.Repeat("a", 1<<17)}}), 400, "The form cannot be read.")
	for _, back := range []string{"https://evil.example/", "//evil.example/", "/elsewhere", "/logs/../x", "javascript:alert(1)", ""} {
		w := consoletest.Post(c, "/undo", url.Values{"back": {back}})
		if to := w.Header().Get("Location"); to != "/logs/flags?done=meanwhile&n=0" {
			t.Errorf("%q leads to %s", back, to)
		}
	}
	r := httptest.NewRequest("POST", "/decide", strings.NewReader("id=f1&decision=ban&confirmed=yes"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	consoletest.Holds(t, "another site", w, 403, "This came from another site")
	consoletest.Holds(t, "reading it", consoletest.Get(c, "/decide"), 405)
	for _, f := range b.FlagList {
		if len(f.Decisions) > 0 {
			t.Errorf("something was decided: %+v", f)
		}
	}
}

// TestDecisionThatStops: those that were decided about are not asked for again.
func TestDecisionThatStops(t *testing.T) {
	for _, test := range []struct {
		err  error
		says string
	}{
		{&record.ParamError{Param: "subject", Value: "203.0.113.0/8", Reason: record.Undecidable.With("is too wide")}, `subject "203.0.113.0/8": is too wide`},
		{errors.New("the disk is full"), "This could not be done. The server's own log says why."},
	} {
		b := consoletest.Flagged(t)
		c := consoletest.New(t, &stubborn{b, 1, test.err}, console.RoleSecurity)
		var reported error
		c.Report = func(err error) { reported = err }
		w := consoletest.Post(c, "/decide", url.Values{"id": {"f1", "f2"}, "decision": {"ban"}, "confirmed": {"yes"}})
		consoletest.Holds(t, test.says, w, 400, "1 done, then this happened:", test.says, `name="id" value="f2"`, `!name="id" value="f1"`)
		if b.MustFlag(t, "f1").State != record.FlagBanned || b.MustFlag(t, "f2").State == record.FlagBanned || strings.Contains(w.Body.String(), "disk") {
			t.Error("not so")
		}
		var invalid *record.ParamError
		if !errors.As(test.err, &invalid) && !errors.Is(reported, test.err) {
			t.Errorf("reported %v", reported)
		}
	}
}

// stubborn is a source that decides about some, and then no more.
type stubborn struct {
	*consoletest.Source
	left int
	err  error
}

func (s *stubborn) Decide(ctx context.Context, d record.DecisionRequest) (record.Flag, error) {
	if s.left--; s.left < 0 {
		return record.Flag{}, s.err
	}
	return s.Source.Decide(ctx, d)
}

// TestUndoSaysWhatHolds: that something was taken back does not mean that nothing
// is in force.
func TestUndoSaysWhatHolds(t *testing.T) {
	c, b := decider(t)
	undo := func(id string) string {
		t.Helper()
		page := consoletest.Get(c, "/flags/"+id)
		w := consoletest.Post(c, "/undo", consoletest.Form(t, page.Body.String(), "Take back the last decision"))
		return strings.TrimPrefix(w.Header().Get("Location"), "/logs")
	}
	decide := func(d record.DecisionRequest) {
		t.Helper()
		if _, err := b.Decide(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	scanner, network := b.FlagList[2].Subject, record.FlagSubject{Kind: record.AddressSubject, Value: "203.0.113.0/24"}
	decide(record.DecisionRequest{Subject: scanner, Decision: record.DecideThrottle})
	decide(record.DecisionRequest{Subject: scanner, Decision: record.DecideBan})
	consoletest.Holds(t, "before", consoletest.Get(c, "/flags/f1"), 200, "Take back the last decision: Ban")
	consoletest.Holds(t, "a throttle", consoletest.Get(c, undo("f1")), 200, "The decision was taken back. In force now: 203.0.113.7: Throttled.", "Take back the last decision: Throttle")

	decide(record.DecisionRequest{Subject: scanner, Decision: record.DecideClear})
	decide(record.DecisionRequest{Subject: scanner, Decision: record.DecideAllow})
	consoletest.Holds(t, "nothing", consoletest.Get(c, undo("f1")), 200, "The decision was taken back. Nothing is in force about 203.0.113.7 now; the rules go on looking.")

	decide(record.DecisionRequest{Subject: network, Decision: record.DecideBan})
	decide(record.DecisionRequest{Subject: scanner, Decision: record.DecideAllow})
	consoletest.Holds(t, "its network", consoletest.Get(c, undo("f1")), 200, "The decision was taken back. In force now: 203.0.113.0/24: Banned.")

	decide(record.DecisionRequest{Subject: scanner, Decision: record.DecideConfirm})
	consoletest.Holds(t, "what holds nothing up", consoletest.Get(c, "/flags/f1"), 200, "!Take back the last decision")
	consoletest.Holds(t, "a flag that is gone", consoletest.Get(c, "/flags?done=undone&n=1&of=zebra"), 200, "The decision was taken back.", "!In force")
	consoletest.Holds(t, "both", consoletest.Get(c, "/flags?done=undone&n=2&of=f1&of="+url.QueryEscape(network.Value)), 200, "In force now: Banned: 1, nothing: 1.")
}

// TestDecidingAboutOneself: who would shut themselves out is told so first.
func TestDecidingAboutOneself(t *testing.T) {
	const told = "You come from %s yourself"
	ban := func(c *console.Console, name, value, decision string) *httptest.ResponseRecorder {
		return consoletest.Post(c, "/decide", url.Values{name: {value}, "decision": {decision}})
	}
	c, _ := decider(t)
	consoletest.Holds(t, "the connection", ban(c, "address", "192.0.2.0/24", "ban"), 200, fmt.Sprintf(told, "192.0.2.1"), `<span class="tag bad">Your address</span>`, `!value="ban" autofocus`)
	consoletest.Holds(t, "not hit", ban(c, "address", "192.0.2.1", "allow"), 200, "!You come from", `value="allow" autofocus`)
	consoletest.Holds(t, "somebody else", ban(c, "id", "f1", "ban"), 200, "!You come from")
	for asker, hit := range map[string]bool{"::ffff:203.0.113.7": true, "203.0.113.7": true, "203.0.113.8": false, "2001:db8::1": false} {
		c.Asker = netip.MustParseAddr(asker)
		for _, decision := range []string{"ban", "throttle"} {
			says := fmt.Sprintf(told, "203.0.113.7")
			if !hit {
				says = "!You come from"
			}
			consoletest.Holds(t, asker, ban(c, "id", "f1", decision), 200, says)
		}
	}
	c.Asker = netip.MustParseAddr("2001:db8::1")
	consoletest.Holds(t, "its network", ban(c, "address", "2001:db8::77", "ban"), 200, fmt.Sprintf(told, "2001:db8::1"))
	consoletest.Holds(t, "the site", ban(c, "id", "f4", "clear"), 200, "!You come from")
}

// TestDecidingAboutTheInstance: its flags have no value, and no bans.
func TestDecidingAboutTheInstance(t *testing.T) {
	c, b := decider(t)
	consoletest.Holds(t, "the queue", consoletest.Get(c, "/flags"), 200, "<bdi>acme</bdi></a> <span class=\"tag\">Instance</span>", "Select acme")
	consoletest.Holds(t, "its page", consoletest.Get(c, "/flags/f4"), 200, "<bdi>acme</bdi>", `value="clear"`, `value="confirm"`, `value="false_positive"`, `!value="ban"`, `!value="throttle"`, `!value="allow"`, "!For how long")
	consoletest.Holds(t, "a ban", consoletest.Post(c, "/decide", url.Values{"id": {"f1", "f4"}, "decision": {"ban"}}), 400, "Ban is not possible for acme: it is for addresses.", "disabled")
	for _, decision := range []record.DecisionKind{record.DecideConfirm, record.DecideFalsePositive, record.DecideClear} {
		form := url.Values{"id": {"f1", "f4"}, "decision": {string(decision)}}
		consoletest.Holds(t, "asking", consoletest.Post(c, "/decide", form), 200, ">everybody</td>", "<bdi class=\"ip\">acme</bdi>")
		form.Set("confirmed", "yes")
		if w := consoletest.Post(c, "/decide", form); w.Code != 303 {
			t.Errorf("%s: %d", decision, w.Code)
		}
	}
	if f := b.MustFlag(t, "f4"); len(f.Decisions) != 3 || f.State != record.FlagCleared || f.Review != record.ReviewFalsePositive {
		t.Errorf("%+v", f)
	}
	consoletest.Holds(t, "an incident", consoletest.Get(c, "/incidents"), 200, `href="/logs/flags/f4"`)
	consoletest.Holds(t, "its flag", consoletest.Get(c, "/flags/f4"), 200, "<bdi>acme</bdi>")
}

// TestDecidersWhoLeave: what was begun is done, whether or not they wait for it.
func TestDecidersWhoLeave(t *testing.T) {
	b := consoletest.Flagged(t)
	ctx, writeAuditEntry := context.WithCancel(t.Context())
	c := consoletest.New(t, &walkingOff{b, writeAuditEntry}, console.RoleSecurity)
	send := func(path string, form url.Values) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(ctx, "POST", path, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		c.ServeHTTP(w, r)
		return w
	}
	w := send("/decide", url.Values{"id": {"f1", "f2"}, "decision": {"ban"}, "confirmed": {"yes"}})
	for _, id := range []string{"f1", "f2"} {
		if f := b.MustFlag(t, id); len(f.Decisions) != 1 {
			t.Errorf("%s: %+v", id, f.Decisions)
		}
	}
	ctx, writeAuditEntry = context.WithCancel(t.Context())
	c.Source = &walkingOff{b, writeAuditEntry}
	send("/undo", url.Values{"undo": queryOf(t, w.Header().Get("Location"))["undo"]})
	for _, id := range []string{"f1", "f2"} {
		if f := b.MustFlag(t, id); len(f.Decisions) != 2 {
			t.Errorf("%s: not taken back: %+v", id, f.Decisions)
		}
	}
}

// walkingOff is a source whose reader leaves at the first decision.
type walkingOff struct {
	*consoletest.Source
	writeAuditEntry context.CancelFunc
}

func (l *walkingOff) Decide(ctx context.Context, d record.DecisionRequest) (record.Flag, error) {
	l.writeAuditEntry()
	if err := ctx.Err(); err != nil {
		return record.Flag{}, err
	}
	return l.Source.Decide(ctx, d)
}

// TestOnlyNoting: a note alone changes nothing else, and asks nothing.
func TestOnlyNoting(t *testing.T) {
	c, b := decider(t)
	consoletest.Holds(t, "a flag", consoletest.Get(c, "/flags/f1"), 200, "Only note it")
	consoletest.Holds(t, "no flag", consoletest.Get(c, "/addresses/192.0.2.1"), 200, "!Only note it")
	before := b.MustFlag(t, "f1")
	w := consoletest.Post(c, "/decide", url.Values{"id": {"f1", "f2"}, "decision": {"note"}, "note": {"called them"}, "back": {"/logs/flags/f1"}})
	if to := w.Header().Get("Location"); w.Code != 303 || to != "/logs/flags/f1?done=note&n=2" {
		t.Fatalf("%d %s", w.Code, to)
	}
	consoletest.Holds(t, "afterwards", consoletest.Get(c, "/flags/f1?done=note&n=2"), 200, "Noted: 2 flags.", "called them", "!>Undo<")
	after := b.MustFlag(t, "f1")
	if after.State != before.State || after.Review != before.Review || len(after.Decisions) != 0 || after.Notes[1].By != "eve" {
		t.Errorf("%+v", after)
	}
	consoletest.Holds(t, "nothing to note", consoletest.Post(c, "/decide", url.Values{"id": {"f1"}, "decision": {"note"}, "note": {" "}}), 400, "note: is empty")
	var f record.Flag
	consoletest.ReadInto(t, consoletest.Send(c, "POST", "/api/v1/flags/f1", `{"note":"by program"}`), 200, &f)
	if len(f.Notes) != 3 || f.State != before.State {
		t.Errorf("%+v", f)
	}
	if w := consoletest.Send(c, "POST", "/api/v1/flags/f1", `{"note":""}`); w.Code != 400 {
		t.Errorf("an empty note: %d", w.Code)
	}
}

// TestUndoBackToFalsePositive: what a false positive teaches is taken back by other
// decisions, so undoing one of those makes it again, unless the flag was confirmed.
func TestUndoBackToFalsePositive(t *testing.T) {
	for _, test := range []struct {
		earlier []record.DecisionKind
		want    record.DecisionKind
	}{
		{[]record.DecisionKind{record.DecideFalsePositive, record.DecideBan}, record.DecideFalsePositive},
		{[]record.DecisionKind{record.DecideFalsePositive, record.DecideConfirm, record.DecideBan}, record.DecideClear},
		{[]record.DecisionKind{record.DecideBan, record.DecideFalsePositive}, record.DecideBan},
		{[]record.DecisionKind{record.DecideFalsePositive}, record.DecideClear},
	} {
		c, b := decider(t)
		for _, kind := range test.earlier {
			if _, err := b.Decide(t.Context(), record.DecisionRequest{Subject: b.MustFlag(t, "f1").Subject, Decision: kind}); err != nil {
				t.Fatal(err)
			}
		}
		consoletest.Post(c, "/undo", consoletest.Form(t, consoletest.Get(c, "/flags/f1").Body.String(), "Take back the last decision"))
		f, err := b.Flag(t.Context(), "f1")
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Decisions[len(f.Decisions)-1].Decision; len(f.Decisions) == len(test.earlier) || got != test.want {
			t.Errorf("%v undone: %s, want %s", test.earlier, got, test.want)
		}
	}
}
