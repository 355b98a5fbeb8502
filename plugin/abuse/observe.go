package abuse

import (
	"sync"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse/counter"
	"github.com/gatebook/gatebook/plugin/abuse/flags"
	"github.com/gatebook/gatebook/plugin/abuse/intent"
	"github.com/gatebook/gatebook/plugin/abuse/known"
	"github.com/gatebook/gatebook/plugin/abuse/learned"
	"github.com/gatebook/gatebook/record"
)

// observation is a request while it is judged and counted.
type observation struct {
	*Request
	d   *Detector
	now int64
	subject
	target intent.Target
	judged judgement

	// values caches the hashes of fields; hashed is the set of those in it.
	values [len(fieldNames)]uint32
	hashed uint8
	// muted is the set of rules that are muted for one of its identities.
	muted uint64
	found []finding
}

// subject is who sent a request, and what is known about its target.
type subject struct {
	loc   location
	class classification
	// session is the client of its session, confirmed that a login confirmed it.
	session   sessionClient
	confirmed bool
	// crowded means that many accounts logged in at its address, shared that these
	// are old, unknownAgent that none of them logged in with its user agent.
	crowded, shared, unknownAgent bool
	// stranger means that no page was served to its user agent there, either.
	stranger bool
	// hasUsers means that anybody logged in at its address.
	hasUsers bool
	// agent is the hash of the user agent, agentKey its identity at the address.
	agent, agentKey uint64
	// conduct is how the user agent was answered lately at the address.
	conduct counter.Conduct

	// known is what is known about its target, mature that the application is known
	// at all.
	known  learned.Known
	mature bool
	answer answer
	static bool
}

// Observe learns from a request that was answered at now, and returns the rules
// that it breaks.
func (d *Detector) Observe(r *Request, now time.Time) []Overflow {
	o := observations.Get().(*observation)
	o.begin(d, r, now.UnixNano())
	o.countForInstance(now)
	if r.IP.IsValid() {
		o.loc = d.locate(r.IP)
		if !d.ignores(o.loc.addr, o.now) {
			o.observe()
		}
	}
	found := o.found
	o.end()
	return d.sanctionAndFlag(found, now)
}

// begin makes an observation that was used before one of another request.
func (o *observation) begin(d *Detector, r *Request, now int64) {
	o.Request, o.d, o.now = r, d, now
	o.subject = subject{}
	o.judged.n, o.judged.rules, o.judged.never, o.judged.matched = 0, 0, false, 0
	o.hashed, o.muted, o.found = 0, 0, nil
}

// end gives the observation back. It keeps nothing of the request.
func (o *observation) end() {
	o.Request, o.d, o.found, o.target = nil, nil, nil, intent.Target{}
	if o.judged.found > 0 {
		o.judged.matches, o.judged.found = [maxMatches]intent.Match{}, 0
	}
	observations.Put(o)
}

// observations are reused, because package intent makes them escape to the heap.
var observations = sync.Pool{New: func() any { return new(observation) }}

// countForInstance counts the request for the whole instance, and reports a flood
// that begins.
func (o *observation) countForInstance(now time.Time) {
	o.d.flags.CountRefused(o.Verdict)
	if o.d.flood.Count(o.now) != counter.FloodBegins || !o.d.rules.on(instanceFlood) {
		return
	}
	o.found = []finding{{Overflow: Overflow{
		Rule: builtin[instanceFlood].Name, Subject: record.FlagSubject{Kind: record.InstanceSubject},
		First: now.UTC(), At: now.UTC(), Count: o.d.flood.PerSecond(), Action: Observe,
	}}}
}

// incidentQuiet is how long a rule must not have overflowed for the instance, after the
// time in which it could not, until the incident is over.
const incidentQuiet = 5 * time.Minute

// UpdateIncidents adds what happened to the incidents of the instance that go on, and
// ends those that are over at now. It is to be called every few seconds, also when no
// request comes.
func (d *Detector) UpdateIncidents(now time.Time) {
	e, on := d.flood.Last(now.UnixNano())
	flood := flags.Flood{Rule: builtin[instanceFlood].Name, On: on, Peak: e.Peak, Usual: e.Usual, Ended: e.Ended}
	d.flags.UpdateIncidents(flood, func(rule string) time.Duration {
		for i := range d.rules.list {
			if d.rules.list[i].Name == rule {
				return d.rules.list[i].Mute + incidentQuiet
			}
		}
		return incidentQuiet
	}, now)
}

// observe judges and counts the request. Requests that the gate refused, and those
// of genuine search engines, do not count.
func (o *observation) observe() {
	o.agent = o.d.text(o.UserAgent)
	o.class = o.d.classifier.userAgent(o.UserAgent, o.agent)
	counts := o.Verdict != record.VerdictThrottle && o.Verdict != record.VerdictBan
	if counts && o.class.crawler >= 0 && o.d.isCrawler(o.loc.addr, o.class.crawler, o.agent) {
		counts = false
	}
	s := &o.d.shards[o.loc.place]
	if !counts {
		s.mu.Lock()
		o.takePending(s)
		s.mu.Unlock()
		return
	}
	o.session = o.d.sessionOf(o.Session, o.now)
	o.confirmed = o.session.confirmed
	o.identify(s)
	if o.Duration > 0 {
		o.d.flood.Answered(o.Duration, o.loggedIn() || o.conduct.Good(o.now))
	}
	o.mature = o.d.learned.Mature(o.now)
	o.judge()
	o.judged.drop(^o.d.rules.enabled)
	if o.session.key != 0 && !o.session.confirmed && o.d.isSanctioned(o.session.key, o.now) {
		// A sanctioned session is what wrong passwords count for, and nobody else
		// behind the address.
		o.judged.drop(atForm)
	}
	if o.confirmed {
		o.countForSession()
	}
	s.mu.Lock()
	o.takePending(s)
	o.countForAddress(s)
	s.mu.Unlock()
	o.countForSubnet()
	o.teach()
}

// identify finds out who sent the request, and how it was answered lately.
func (o *observation) identify(s *shard) {
	o.agentKey = o.loc.agentKey(o.agent)
	s.mu.Lock()
	defer s.mu.Unlock()
	o.crowded = s.shared.IsCrowded(o.loc.keys[0], o.now)
	if o.isUser() && o.Status < 400 {
		s.shared.LoggedIn(known.Login{Address: o.loc.keys[0], Account: o.d.hash(kindAccount, 0, o.User) | 1, Agent: o.agent, At: o.now})
	}
	o.hasUsers = s.shared.HasUsers(o.loc.keys[0], o.now)
	o.shared = s.shared.IsShared(o.loc.keys[0], o.now)
	o.unknownAgent = s.shared.AgentUnknown(o.loc.keys[0], o.agent)
	o.stranger = s.isStranger(o.loc.keys[0], o.agent, o.agentKey)
	if src := s.counters.Lookup(o.agentKey); src != nil {
		o.conduct = src.Conduct
	}
}

// loggedIn reports whether the client is known to be a user: a login confirmed its
// session, or came from its user agent at its address, or the server authenticated it.
func (o *observation) loggedIn() bool { return o.confirmed || !o.unknownAgent || o.isUser() }

// isUser reports whether the server authenticated the user of the request.
func (o *observation) isUser() bool { return o.User != "" && !o.AuthFailed && o.Status != 401 }

// caused reports whether another site, or a page of this one, caused the request
// without the user's doing. Such requests never lead to a ban.
func (o *observation) caused() bool { return o.CrossSite || o.Subresource }

// takePending takes the overflows that Admit found.
func (o *observation) takePending(s *shard) {
	o.found = append(o.found, s.pending...)
	clear(s.pending) // what they refer to
	s.pending = s.pending[:0]
}
