package abuse

import (
	"time"

	"github.com/gatebook/gatebook/plugin/abuse/flags"
	"github.com/gatebook/gatebook/plugin/abuse/intent"
	"github.com/gatebook/gatebook/plugin/abuse/learned"
	"github.com/gatebook/gatebook/plugin/abuse/sanction"
	"github.com/gatebook/gatebook/record"
)

// BanBudgetRule is the rule under which the instance is flagged when the budget of
// bans is spent.
const BanBudgetRule = "ban-budget"

// sanctionAndFlag sanctions and flags what was found, and returns all overflows.
// Sanctions may lead to further overflows.
func (d *Detector) sanctionAndFlag(found []finding, now time.Time) []Overflow {
	if len(found) == 0 {
		return nil
	}
	var list []Overflow
	for i := 0; i < len(found); i++ {
		f := found[i]
		d.escalate(&f)
		list = append(list, f.Overflow)
		var imposed *flags.Sanction
		if d.enforce && f.Action >= Throttle && f.key != 0 && !f.refusesItself() {
			var exhausted bool
			if imposed, exhausted = d.sanction(&f, now); exhausted {
				found = append(found, d.budgetSpent(now))
			}
			if f.intent != 0 {
				d.refuseIntent(&f, now.UnixNano())
			}
		}
		d.flags.Add(&flags.Overflow{
			Subject:  f.Subject,
			Rule:     record.FlagRule{Rule: f.Rule, First: f.First, Last: f.At, Count: f.Count},
			Evidence: f.evidence, Sanction: imposed,
		}, now)
		if wide, ok := d.aggregate(&f); ok {
			found = append(found, wide)
		}
	}
	return list
}

// maxThrottles is how often within a day a client is throttled harder before it is
// banned.
const maxThrottles = 2

// escalate makes a throttle stricter for a client that was throttled before, and a ban
// of it in the end.
func (d *Detector) escalate(f *finding) {
	if f.Action != Throttle || f.key == 0 || f.refusesItself() {
		return
	}
	s := &d.shards[f.place]
	s.mu.Lock()
	f.step = s.strikes.Add(f.key, f.At.UnixNano())
	s.mu.Unlock()
	if f.step > maxThrottles && f.mayBan {
		f.Action, f.path = Block, 0
		// A client can change its user agent, so a ban holds for the address. That of
		// tools holds for all tools there, whatever they call themselves.
		if !f.tool {
			loc := d.locate(f.IP)
			f.aim("", loc.keys[0], loc.place)
		}
		return
	}
	f.step = max(f.step, sanction.StepFor(f.Count, f.At.Sub(f.First)))
}

// refusesItself reports whether the rule needs no throttle: the request rate refuses
// what exceeds it.
func (f *finding) refusesItself() bool {
	return f.Rule == builtin[rateRule].Name && f.Action == Throttle
}

// budgetSpent returns the overflow of the budget of bans.
func (d *Detector) budgetSpent(now time.Time) finding {
	return finding{Overflow: Overflow{
		Rule: BanBudgetRule, Subject: record.FlagSubject{Kind: record.InstanceSubject},
		First: now.UTC(), At: now.UTC(), Count: d.bansPerMinute, Action: Observe,
	}}
}

// sanction bans or throttles an identity. exhausted means that the budget of bans
// has just been spent.
func (d *Detector) sanction(f *finding, now time.Time) (imposed *flags.Sanction, exhausted bool) {
	t := now.UnixNano()
	s := sanction.New(record.VerdictThrottle, f.Rule, f.Prefix, t, t+int64(d.ban))
	if f.Action == Block {
		var ok bool
		if ok, exhausted = d.budget.Spend(d.bansPerMinute, now); ok {
			s.Verdict = record.VerdictBan
			s.Until = t + int64(sanction.BanDuration(d.ban, d.flags.Strikes(f.Subject)))
		}
	}
	s.SetStep(f.step)
	if f.path != 0 && s.Verdict == record.VerdictThrottle {
		s.LimitTo(f.path)
	}
	if f.Rule == builtin[subnetProbing].Name {
		d.subnets.Add(1)
	}
	shard := &d.shards[f.place]
	shard.mu.Lock()
	defer shard.mu.Unlock()
	s = shard.sanctions.Impose(f.key, s, t)
	imposed = &flags.Sanction{State: record.FlagThrottled, Scope: f.Scope, Until: unix(s.Until)}
	if s.Verdict == record.VerdictBan {
		imposed.State = record.FlagBanned
	}
	if imposed.Scope == "" && s.Limited() {
		imposed.Scope = record.ScopeForm
	}
	return imposed, exhausted
}

// refuseIntent has an address refused what it asked for, whoever asks, where it is not
// banned as a whole: because it is shared, or because a page of another site may have
// caused the requests. The client that did it may have as many user agents and accounts
// as it likes, and nobody else there asks for that.
func (d *Detector) refuseIntent(f *finding, now int64) {
	loc := d.locate(f.IP)
	key := loc.intentKey()
	s := &d.shards[loc.place]
	s.mu.Lock()
	defer s.mu.Unlock()
	lasts := sanction.BanDuration(d.ban, s.strikes.Add(key, now))
	verdict := record.VerdictBan
	if f.caused {
		verdict = record.VerdictThrottle
	}
	refused := sanction.New(verdict, f.Rule, loc.prefix(0), now, now+int64(lasts))
	refused.Intent = f.intent
	s.sanctions.Impose(key, refused, now)
	d.intents.Add(1)
}

// intent returns the verdict of what the address is refused, for a request that asks
// for it.
func (a *admission) intent(c *Client) Verdict {
	if a.intents.Load() == 0 || !a.enforce {
		return pass
	}
	key, s := a.loc.intentKey(), &a.shards[a.loc.place]
	s.mu.Lock()
	of := s.sanctions[key]
	if of == nil || !of.Holds(a.now) {
		delete(s.sanctions, key)
		s.mu.Unlock()
		return pass
	}
	refused := *of
	s.mu.Unlock()
	if !a.asksFor(c, refused.Intent) {
		return pass
	}
	return Verdict{refused.Verdict, time.Duration(refused.Until - a.now), refused.Rule}
}

// asksFor reports whether a request counts for one of these rules by what it asks for.
func (d *Detector) asksFor(c *Client, rules uint64) bool {
	var buf [maxMatches]intent.Match
	t, is := intent.Target{Method: c.Method, Path: c.Path, Query: c.Query}, d.learned.Look(c.Method, c.Path)
	for _, m := range d.classifier.intent.Find(&t, buf[:0]) {
		if rule := ruleOf[m.Kind]; rules>>rule&1 != 0 && !m.Weak && !d.isHarmless(&m, builtin[rule].Class, is) {
			return true
		}
	}
	return false
}

// isHarmless reports whether the application's users may ask for that, too.
func (d *Detector) isHarmless(m *intent.Match, class Class, is learned.Known) bool {
	switch class {
	case Injection:
		return m.Param != "" && d.learned.Writes(is.Template, m.Param, false)
	case Secret:
		return harmlessSecret(m, is)
	case Product:
		return is.Own || is.Broken
	}
	return false
}

// harmlessSecret reports whether a name of secrets is that of a path which the
// application has, or of a dead link at which no secrets lie. At the root what it has
// elsewhere with other numbers in the name says nothing.
func harmlessSecret(m *intent.Match, is learned.Known) bool {
	if m.Root {
		return is.Own && (is.Exact || is.ByPerson)
	}
	return is.Own || is.Broken
}

// aggregate returns an overflow of the /48 around an IPv6 address when three /64 in
// it were sanctioned as a whole. The /48 is throttled.
func (d *Detector) aggregate(f *finding) (wide finding, ok bool) {
	if f.Action < Throttle || !f.IP.Is6() || f.Prefix.Bits() != 64 {
		return finding{}, false
	}
	loc := d.locate(f.IP)
	if f.key != loc.keys[0] || f.path != 0 {
		return finding{}, false
	}
	s := &d.shards[loc.place]
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.groups.Add(loc.keys[2], loc.keys[0], f.At.UnixNano()) {
		return finding{}, false
	}
	wide = *f
	wide.Prefix = loc.prefix(2)
	wide.Subject.Value = wide.Prefix.String()
	wide.Action = Throttle
	wide.aim("", loc.keys[2], loc.place)
	return wide, true
}
