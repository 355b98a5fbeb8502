package abuse

import (
	"net/netip"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse/flags"
	"github.com/gatebook/gatebook/plugin/abuse/known"
	"github.com/gatebook/gatebook/plugin/abuse/sanction"
	"github.com/gatebook/gatebook/record"
)

// FlagID returns the id of a subject's flag.
func FlagID(s record.FlagSubject) string { return flags.ID(s) }

// Flag returns a subject's flag, without its evidence.
func (d *Detector) Flag(s record.FlagSubject) (record.Flag, bool) { return d.flags.Flag(s) }

// TakeChanged returns the flags that changed since the last call, in the order of
// their changes. Their evidence is what is new: the detector keeps none, and the
// caller adds it to what is stored.
func (d *Detector) TakeChanged() []record.Flag { return d.flags.Take() }

// ReturnChanged takes back flags that could not be stored.
func (d *Detector) ReturnChanged(list []record.Flag, now time.Time) { d.flags.Return(list, now) }

// Merge is for a flag that is about to be stored. It adds what was stored before,
// nil for nothing, and reports whether the flag differs now from the one that
// [Detector.TakeChanged] returned. The flag has no evidence.
func (d *Detector) Merge(s record.FlagSubject, stored *record.Flag, now time.Time) (record.Flag, bool) {
	return d.flags.Merge(s, stored, now)
}

// Forget removes the flags that match, also from those that wait to be stored. It
// returns their number.
func (d *Detector) Forget(match func(*record.Flag) bool) int { return d.flags.Forget(match) }

// ForgetStored removes the flags that match and do not wait to be stored.
func (d *Detector) ForgetStored(match func(*record.Flag) bool) { d.flags.ForgetStored(match) }

// TakeKnown returns the users and sessions that became known since the last call.
func (d *Detector) TakeKnown() []record.Known { return d.known.Take() }

// ReturnKnown takes back those that could not be stored.
func (d *Detector) ReturnKnown(list []record.Known) { d.known.Add(list...) }

// RestoreKnown adds stored users and sessions to a detector with the same seed.
// Those that have expired, and those for which there is no room, are skipped.
func (d *Detector) RestoreKnown(list []record.Known, now time.Time) {
	// Accounts come first: an address is shared by how old those of its users are.
	for i := range list {
		if one := &list[i]; one.IsAccount() {
			d.restoreKnown(one, false, now)
		}
	}
	for i := range list {
		if one := &list[i]; !one.IsAccount() {
			d.restoreKnown(one, one.User != 0 && d.isOld(one.User), now)
		}
	}
}

func (d *Detector) restoreKnown(one *record.Known, old bool, now time.Time) {
	at := min(one.At.UnixNano(), now.UnixNano())
	if int(one.Place) >= len(d.shards) || one.Expired(now) {
		return
	}
	s := &d.shards[one.Place]
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case one.User == 0 && !s.sessions.Full():
		s.sessions.Confirm(one.Key, known.Session{Account: one.Agent, Until: at + known.Lifetime})
	case one.IsAccount():
		s.accounts.Restore(one.Key, accountSince(one, at), at)
	case one.User != 0 && !s.shared.Full():
		s.shared.LoggedIn(known.Login{Address: one.Key, Account: one.User, Agent: one.Agent, Old: old, At: at})
	}
}

// accountSince returns since when a stored account is known, 0 for an old one.
func accountSince(one *record.Known, last int64) int64 {
	switch {
	case one.Agent == record.OldAccount:
		return 0
	case one.Agent == 0 || one.Agent > uint64(last/1000):
		return last
	}
	return int64(one.Agent) * 1000
}

// isOld reports whether an account is old; see [known.Accounts].
func (d *Detector) isOld(account uint64) bool {
	key := d.accountKey(account)
	s := d.shardOf(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.accounts.IsOld(key)
}

// Restore adds stored flags, with their sanctions, so that bans hold from the first
// request on. A flag that was compared with the store already stays as it is.
// Throttles of a user agent, a session or a login form are not restored.
func (d *Detector) Restore(list []record.Flag, now time.Time) {
	d.deciding.Lock()
	defer d.deciding.Unlock()
	next := d.decisions.Load().current(now.UnixNano())
	for i := range list {
		flag := &list[i]
		if !d.flags.Restore(flag, now) {
			continue // the flag in memory is newer
		}
		p, err := netip.ParsePrefix(flag.Subject.Value)
		if err != nil || flag.Subject.Kind != record.AddressSubject {
			continue
		}
		p = record.CountedPrefix(p)
		decided, lasts := flag.Lasting(now)
		if lasts {
			next.prefixes.Put(p, newDecision(decided, now))
		}
		if isSanctioned(flag, now) && !(lasts && decided.Until.Equal(flag.Until)) {
			d.restoreSanction(p, flag, now)
		}
	}
	d.decisions.Store(next)
}

// isSanctioned reports whether the gate still bans or throttles a whole address. Its
// sanctions always end, unlike people's decisions.
func isSanctioned(f *record.Flag, now time.Time) bool {
	return (f.State == record.FlagBanned || f.State == record.FlagThrottled) && f.Scope == "" && now.Before(f.Until)
}

func (d *Detector) restoreSanction(p netip.Prefix, flag *record.Flag, now time.Time) {
	loc := d.locate(p.Addr())
	key, ok := loc.keyOf(p)
	place := loc.place
	if !ok && loc.addr.Is4() && p.Bits() == subnetBits {
		key, ok = d.subnetKey(loc.addr), true
		place = placeOf(key)
		d.subnets.Add(1)
	}
	if !ok {
		return
	}
	verdict, rule := record.VerdictThrottle, ""
	if flag.State == record.FlagBanned {
		verdict = record.VerdictBan
	}
	if len(flag.Rules) > 0 {
		rule = flag.Rules[len(flag.Rules)-1].Rule
	}
	s := &d.shards[place]
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sanctions.Impose(key, sanction.New(verdict, rule, p, flag.Since.UnixNano(), flag.Until.UnixNano()), now.UnixNano())
}
