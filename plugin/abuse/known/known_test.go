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
	a := SharedAddresses{}
	for account := range uint64(sharedUsers) {
		if a.IsShared(address, now) {
			t.Errorf("shared by %d users", account)
		}
		a.LoggedIn(address, account+1, agent, now)
		a.LoggedIn(address, account+1, agent, now+1) // again
	}
	if !a.IsShared(address, now+Lifetime) || a.IsShared(address, now+Lifetime+2) || a.IsShared(address+1, now) {
		t.Error("it is not shared for a day")
	}
	// Another user replaces the one that was there first.
	a.LoggedIn(address, 9, agent, now+Lifetime)
	if !a.IsShared(address, now+Lifetime) {
		t.Error("a sixth user makes it less shared")
	}
}

func TestLoggedInReportsNews(t *testing.T) {
	a := SharedAddresses{}
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
		if got := a.LoggedIn(address, c.account, c.agent, c.at); got != c.want {
			t.Errorf("login %d: %v, want %v", i, got, c.want)
		}
	}
}

// A login from the store does not replace later ones.
func TestOldLoginsReplaceNothing(t *testing.T) {
	a := SharedAddresses{}
	for account := range uint64(sharedUsers) {
		a.LoggedIn(address, account+1, agent, now)
	}
	if a.LoggedIn(address, 9, agent, now-1) || !a.IsShared(address, now+Lifetime) {
		t.Error("an old login replaced a later one")
	}
}

func TestAgentUnknown(t *testing.T) {
	a := SharedAddresses{}
	if !a.AgentUnknown(address, agent) {
		t.Error("known before the first login")
	}
	a.LoggedIn(address, 1, agent, now)
	if a.AgentUnknown(address, agent) || !a.AgentUnknown(address, agent+1) || !a.AgentUnknown(address+1, agent) {
		t.Error("not the one that logged in is known")
	}
	for i := range uint64(16) {
		a.LoggedIn(address, 1, agent+1+i, now)
	}
	if !a.AgentUnknown(address, agent) {
		t.Error("more than 16 user agents are known")
	}
}

func TestAddressesAreBounded(t *testing.T) {
	a := SharedAddresses{}
	for i := range uint64(2 * maxAddresses) {
		if a.Full() != (i >= maxAddresses) {
			t.Fatalf("full after %d: %v", i, a.Full())
		}
		a.LoggedIn(i, 1, agent, now+int64(i))
	}
	if len(a) != maxAddresses || a.AgentUnknown(2*maxAddresses-1, agent) || !a.AgentUnknown(0, agent) {
		t.Errorf("%d addresses, and not the last ones", len(a))
	}
}

func TestSessions(t *testing.T) {
	s := Sessions{}
	s.Confirm(7, now+Lifetime)
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
		if confirmed, extended := s.Use(c.session, c.at); confirmed != c.confirmed || extended != c.extended {
			t.Errorf("session %d after %s: %v, %v", c.session, time.Duration(c.at-now), confirmed, extended)
		}
	}
	for i := range uint64(2 * maxSessions) {
		s.Confirm(i, now+int64(i))
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
