package detection

import (
	"net/http"
	"net/netip"
	"slices"
	"testing"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/plugin/abuse/crawler"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/applog"
)

func login(account string, outcome string) record.Event {
	return record.Event{Category: record.CategoryLogin, Outcome: outcome, Initiator: &record.Initiator{Email: account}}
}

// Only events about logins that happened now are passed on.
func TestObserveLogins(t *testing.T) {
	f := newFixture(t)
	events := []record.Event{
		login("ann", record.OutcomeFailure),
		login("bob", record.OutcomeDenied),
		login("cem", record.OutcomeFailure), // a duplicate
		{Category: "user", Initiator: &record.Initiator{ID: "dee"}},
		{Category: record.CategoryLogin, Type: "user.logged_out", Initiator: &record.Initiator{ID: "eve"}},
		login("fay", record.OutcomeFailure),
	}
	stored := []applog.Appended{{Seq: 1}, {Seq: 2}, {Seq: 3, Duplicate: true}, {Seq: 4}, {Seq: 5}, {Seq: 6}}
	r := LoginRequest{Client: abuse.Client{Addr: scanner}}
	f.ObserveLogins(r, events, stored)
	if got := f.logins.within(abuse.PrefixOf(scanner)); !slices.Equal(got, []uint64{1, 6}) {
		t.Errorf("observed %v", got)
	}
	proxy := LoginRequest{Client: abuse.Client{Addr: office}, Origin: FromProxy}
	f.ObserveLogins(proxy, events, stored)
	f.ObserveLogins(LoginRequest{}, events, stored)
	if got := f.logins.within(abuse.PrefixOf(office)); got != nil {
		t.Errorf("a proxy's own login counts: %v", got)
	}
}

// Password guessing on an account makes a flag.
func TestObserveLoginsFindsGuessing(t *testing.T) {
	f := newFixture(t)
	for n := range 8 {
		r := LoginRequest{Client: abuse.Client{Addr: netip.AddrFrom4([4]byte{198, 51, 100, byte(n + 1)}), Path: "/login"}}
		f.ObserveLogins(r, []record.Event{login("ann@example.com", record.OutcomeFailure)}, []applog.Appended{{Seq: uint64(n + 1)}})
	}
	f.mustStore()
	if got := f.stored(account("ann@example.com")); len(got.Rules) == 0 {
		t.Errorf("%+v", got)
	}
}

// The session of a successful login is the one that the response sets, not the one
// that came with the request.
func TestLoginSession(t *testing.T) {
	r := LoginRequest{
		Client:   abuse.Client{Addr: office, Session: 5},
		Origin:   FromOtherSite,
		Response: http.Header{"Set-Cookie": {"sid=new; Path=/"}},
	}
	failed, succeeded := r.login("ann", false, "sid"), r.login("ann", true, "sid")
	if failed.Session != 5 || succeeded.Session != sessionHash("new") || !failed.CrossSite {
		t.Errorf("%+v, %+v", failed, succeeded)
	}
}

func TestLoginAccount(t *testing.T) {
	for _, c := range []struct {
		event record.Event
		want  string
	}{
		{record.Event{Category: "login", Initiator: &record.Initiator{ID: "7", Name: "Ann", Email: "ann@example.com"}}, "ann@example.com"},
		{record.Event{Category: "login", Initiator: &record.Initiator{ID: "7", Name: "Ann"}}, "7"},
		{record.Event{Category: "login", Initiator: &record.Initiator{}, Subject: &record.Subject{ID: "s"}}, "s"},
		{record.Event{Category: "login"}, ""},
		{record.Event{Category: "login", Type: "session.logout", Initiator: &record.Initiator{ID: "7"}}, ""},
		{record.Event{Category: "booking", Initiator: &record.Initiator{ID: "7"}}, ""},
	} {
		if got := loginAccount(&c.event); got != c.want {
			t.Errorf("%+v: %q, want %q", c.event, got, c.want)
		}
	}
}

// A false claim to be a search engine makes a flag; one that is true does not.
func TestCrawlerClaims(t *testing.T) {
	f := newFixture(t)
	engine := crawler.All()[0]
	f.verified(crawlerClaim{engine, office}, true)
	f.verified(crawlerClaim{engine, scanner}, false)
	f.mustStore()
	if _, known := f.Active().Flag(address(office)); known {
		t.Error("a genuine crawler has a flag")
	}
	if len(f.stored(address(scanner)).Rules) == 0 {
		t.Error("a false claim has no flag")
	}
}
