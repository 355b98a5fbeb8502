package abuse

import (
	"time"

	"github.com/gatebook/gatebook/plugin/abuse/counter"
	"github.com/gatebook/gatebook/record"
)

// Observe learns from a request that was answered at now, and returns the rules
// that it breaks.
func (d *Detector) Observe(r *Request, now time.Time) []Overflow {
	o := observation{Request: r, d: d, now: now.UnixNano()}
	o.countForInstance(now)
	if r.IP.IsValid() {
		o.loc = d.locate(r.IP)
		if !d.ignores(o.loc.addr, o.now) {
			counts := o.classify()
			o.count(counts)
		}
	}
	return d.sanctionAndFlag(o.found, now)
}

// countForInstance counts the request for the whole instance, and reports a flood
// that begins.
func (o *observation) countForInstance(now time.Time) {
	if o.d.flood.Count(o.now) != counter.FloodBegins || !o.d.rules.on(instanceFlood) {
		return
	}
	o.found = []finding{{Overflow: Overflow{
		Rule: builtin[instanceFlood].Name, Subject: record.FlagSubject{Kind: record.InstanceSubject},
		First: now.UTC(), At: now.UTC(), Count: o.d.flood.PerSecond(), Action: Observe,
	}}}
}

// classify finds the rules that the request counts for, and reports whether it
// counts at all: requests that the gate refused, and those of genuine search
// engines, do not.
func (o *observation) classify() bool {
	if o.Verdict == record.VerdictThrottle || o.Verdict == record.VerdictBan {
		return false
	}
	o.agent = o.d.text(o.UserAgent)
	o.class = o.d.classifier.classify(o.Request, o.agent)
	if o.class.crawler >= 0 && o.d.isCrawler(o.loc.addr, o.class.crawler, o.agent) {
		return false
	}
	var sanctioned bool
	if o.confirmed, sanctioned = o.d.session(o.Session, o.now); sanctioned && !o.confirmed {
		// A sanctioned session is what its wrong passwords count for, and nobody
		// else behind the address.
		o.class.rules &^= atForm
	}
	return true
}

// count counts the request for its session and for its address.
func (o *observation) count(counts bool) {
	s := &o.d.shards[o.loc.place]
	if counts && o.confirmed {
		s.mu.Lock()
		o.shared = s.shared.IsShared(o.loc.keys[0], o.now)
		s.mu.Unlock()
		o.countForSession()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	o.takePending(s)
	if counts {
		o.countForAddress(s)
	}
}

// takePending takes the overflows that Admit found.
func (o *observation) takePending(s *shard) {
	for _, p := range s.pending {
		o.found = append(o.found, finding{Overflow: p})
	}
	s.pending = s.pending[:0]
}
