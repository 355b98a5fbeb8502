package known

import (
	"testing"
	"time"

	"github.com/gatebook/gatebook/record"
)

const (
	address = uint64(1)
	agent   = uint64(100)
	now     = int64(1_700_000_000e9)
)

// An address is shared from the fifth user on, for a day.
func TestIsShared(t *testing.T) {
	a := NewSharedAddresses()
	for account := range uint64(sharedUsers) {
		if a.IsShared(address, now) {
			t.Errorf("shared by %d users", account)
		}
		a.LoggedIn(Login{Address: address, Account: account + 1, Agent: agent, Old: true, At: now})
		a.LoggedIn(Login{Address: address, Account: account + 1, Agent: agent, Old: true, At: now + 1}) // again
	}
	if !a.IsShared(address, now+Lifetime) || a.IsShared(address, now+Lifetime+2) || a.IsShared(address+1, now) {
		t.Error("it is not shared for a day")
	}
	// Another user replaces the one that was there first.
	a.LoggedIn(Login{Address: address, Account: 9, Agent: agent, Old: true, At: now + Lifetime})
	if !a.IsShared(address, now+Lifetime) {
		t.Error("a sixth user makes it less shared")
	}
}

func TestLoggedInReportsNews(t *testing.T) {
	a := NewSharedAddresses()
	hour := int64(time.Hour)
	for i, c := range []struct {
		account, agent uint64
		at             int64
		want           bool
	}{
		{1, agent, now, true},
		{1, agent, now + hour, false},
		{1, agent + 1, now + hour, true},
		{1, 0, now + hour, false},
		{1, agent, now + 3*hour, true},
		{2, agent, now + 3*hour, true},
	} {
		if got := a.LoggedIn(Login{Address: address, Account: c.account, Agent: c.agent, Old: true, At: c.at}); got != c.want {
			t.Errorf("login %d: %v, want %v", i, got, c.want)
		}
	}
}

// A login from the store does not replace later ones.
func TestOldLoginsReplaceNothing(t *testing.T) {
	a := NewSharedAddresses()
	for account := range uint64(manyUsers) {
		a.LoggedIn(Login{Address: address, Account: account + 1, Agent: agent, Old: true, At: now})
	}
	if a.LoggedIn(Login{Address: address, Account: 9, Agent: agent, Old: true, At: now - 1}) || !a.IsShared(address, now+Lifetime) {
		t.Error("an old login replaced a later one")
	}
}

func TestAgentUnknown(t *testing.T) {
	a := NewSharedAddresses()
	if !a.AgentUnknown(address, agent) {
		t.Error("known before the first login")
	}
	a.LoggedIn(Login{Address: address, Account: 1, Agent: agent, Old: true, At: now})
	if a.AgentUnknown(address, agent) || !a.AgentUnknown(address, agent+1) || !a.AgentUnknown(address+1, agent) {
		t.Error("not the one that logged in is known")
	}
	for i := range uint64(maxAgents) {
		a.LoggedIn(Login{Address: address, Account: 1, Agent: agent + 1 + i, Old: true, At: now})
	}
	if !a.AgentUnknown(address, agent) {
		t.Errorf("more than %d user agents are known", maxAgents)
	}
}

func TestAddressesAreBounded(t *testing.T) {
	a := NewSharedAddresses()
	for i := range uint64(2 * maxAddresses) {
		if a.Full() != (i >= maxAddresses) {
			t.Fatalf("full after %d: %v", i, a.Full())
		}
		a.LoggedIn(Login{Address: i, Account: 1, Agent: agent, Old: true, At: now + int64(i)})
	}
	if len(a.users) != maxAddresses || a.AgentUnknown(2*maxAddresses-1, agent) || !a.AgentUnknown(0, agent) {
		t.Errorf("%d addresses, and not the last ones", len(a.users))
	}
}

// Young accounts make an address crowded, and only old ones make it shared.
func TestAgeOfAccounts(t *testing.T) {
	a, ages := NewSharedAddresses(), Accounts{}
	login := func(at int64) {
		for account := range uint64(sharedUsers) {
			since, _, _ := ages.LoggedIn(account+1, address, at)
			a.LoggedIn(Login{Address: address, Account: account + 1, Old: since == 0, At: at})
		}
	}
	if login(now); !a.IsCrowded(address, now) || a.IsShared(address, now) {
		t.Errorf("on the first day: crowded %v, shared %v", a.IsCrowded(address, now), a.IsShared(address, now))
	}
	if login(now + Lifetime); !a.IsShared(address, now+Lifetime) {
		t.Error("not shared on the second day")
	}
	if since, _, _ := ages.LoggedIn(9, address, now); since != now {
		t.Error("a new account is old")
	}
	if since, again, report := ages.LoggedIn(9, address+1, now+1); since != 0 || !again || !report {
		t.Error("an account of two addresses is not old")
	}
	stored := Accounts{}
	if stored.Restore(9, now, now); stored.IsOld(9) {
		t.Error("a young account is old")
	}
	if since, _, _ := stored.LoggedIn(9, address, now+Lifetime-1); since != now {
		t.Errorf("since %d, want %d: a restart does not make it old", since, now)
	}
	if since, _, _ := stored.LoggedIn(9, address, now+Lifetime); since != 0 {
		t.Error("young after a day")
	}
	if stored.Restore(9, 0, now); !stored.IsOld(9) || stored.IsOld(1) {
		t.Error("it is not restored")
	}
	for i := range uint64(2 * maxAccounts) {
		ages.LoggedIn(i, address, now+int64(i))
	}
	if len(ages) != maxAccounts {
		t.Errorf("%d accounts", len(ages))
	}
}

func TestRatios(t *testing.T) {
	r := Ratios{}
	explained := 0
	for i := range 300 {
		at := now + int64(i)*int64(time.Second)
		if i%10 == 0 {
			if r.Failed(1, uint64(1000+i), at) {
				explained++
			}
			continue
		}
		r.Succeeded(1, uint64(i), at)
	}
	if explained < 29 {
		t.Errorf("%d of 30 typing errors among 270 logins are explained", explained)
	}
	for i := range 60 {
		if !r.Failed(1, uint64(2000+i), now+int64(300+i)*int64(time.Second)) {
			explained = -1
			break
		}
	}
	if explained >= 0 {
		t.Error("60 guesses are explained")
	}
	for range 100 {
		r.Succeeded(2, 7, now)
	}
	r.Failed(2, 1, now)
	if r.Failed(2, 2, now) {
		t.Error("one account that logs in again and again explains failures")
	}
	for i := range uint64(2 * maxRatios) {
		r.Failed(i, 1, now)
	}
	if len(r) != maxRatios {
		t.Errorf("%d identities", len(r))
	}
}

func TestSessions(t *testing.T) {
	s := Sessions{}
	s.Confirm(7, Session{Account: 3, Until: now + Lifetime})
	for _, c := range []struct {
		session             uint64
		at                  int64
		confirmed, extended bool
	}{
		{8, now, false, false},
		{7, now, true, false},
		{7, now + int64(time.Hour) + 1, true, true},
		{7, now + int64(time.Hour) + 2, true, false},
		{7, now + Lifetime, true, true},
		{7, now + 2*Lifetime, false, false},
	} {
		if account, confirmed, extended := s.Use(c.session, c.at); confirmed != c.confirmed || extended != c.extended || confirmed != (account == 3) {
			t.Errorf("session %d after %s: %v, %v", c.session, time.Duration(c.at-now), confirmed, extended)
		}
	}
	for i := range uint64(2 * maxSessions) {
		s.Confirm(i, Session{Until: now + int64(i)})
	}
	if len(s) != maxSessions || !s.Full() {
		t.Errorf("%d sessions", len(s))
	}
}

func TestOutbox(t *testing.T) {
	var o Outbox
	for i := range uint64(maxOutbox + 2) {
		o.Add(record.Known{Key: i})
	}
	list := o.Take()
	if len(list) != maxOutbox || list[0].Key != 2 {
		t.Errorf("%d, the first is %d", len(list), list[0].Key)
	}
	if again := o.Take(); len(again) != 0 {
		t.Errorf("%d are taken twice", len(again))
	}
}

// The user agents of all addresses together are bounded, too.
func TestAgentsAreBounded(t *testing.T) {
	a := NewSharedAddresses()
	for i := range uint64(2 * maxAddresses) {
		for j := range uint64(40) {
			a.LoggedIn(Login{Address: i, Account: 1, Agent: 1000*i + j + 1, At: now + int64(i)})
		}
	}
	n := 0
	for _, u := range a.users {
		n += len(u.agents)
	}
	if n > maxAllAgents+maxAddresses {
		t.Errorf("%d user agents", n)
	}
}

// Failures of one client are taken back, but not without end.
func TestForgive(t *testing.T) {
	r := Ratios{}
	for i := range uint64(9) {
		r.Succeeded(1, i, now)
	}
	guess := func() {
		for i := range uint64(6) {
			r.Failed(1, 100+i, now)
		}
	}
	guess()
	if r.Explained(1, now) {
		t.Error("six of fifteen are explained")
	}
	if r.Forgive(1, 6, now); !r.Explained(1, now) || r.Failures(1, now) != 0 {
		t.Error("not explained after six were taken back")
	}
	guess()
	if r.Forgive(1, 6, now); r.Explained(1, now) || r.Failures(1, now) != 4 {
		t.Errorf("%v failures remain of the second six", r.Failures(1, now))
	}
	if later := now + int64(3*time.Hour); r.Failures(1, later) > 0.1 || r.Failures(2, later) != 0 {
		t.Error("failures are remembered for hours")
	}
}
