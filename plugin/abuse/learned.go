package abuse

import (
	"cmp"
	"slices"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse/intent"
	"github.com/gatebook/gatebook/plugin/abuse/learned"
	"github.com/gatebook/gatebook/record"
)

// TakeLearned returns what was learned about the application since the last call, to
// be stored in this order.
func (d *Detector) TakeLearned() []record.Learned {
	changed := d.learned.TakeChanged()
	list := make([]record.Learned, len(changed), len(changed)+1)
	for i, r := range changed {
		list[i].Name = []byte(r.Key)
		if len(r.Value) > 0 {
			list[i].Value = r.Value
		}
	}
	usual := d.flood.TakeChanged()
	if d.uselessLoad.Swap(false) || usual != nil {
		list = append(list, record.Learned{Name: []byte(usualLoad), Value: usual})
	}
	return list
}

// usualLoad is the name of what is usual at this instance: its requests a second by
// hour, and its latency. No name of package learned is as short.
const usualLoad = "load"

// RestoreLearned adds what was stored. It returns how much of it cannot be read, and
// has to be learned anew.
func (d *Detector) RestoreLearned(list []record.Learned, now time.Time) (unreadable int) {
	records := make([]learned.Record, 0, len(list))
	for _, l := range list {
		if string(l.Name) != usualLoad {
			records = append(records, learned.Record{Key: string(l.Name), Value: l.Value})
		} else if !d.flood.Restore(l.Value) {
			unreadable++
			d.uselessLoad.Store(true)
		}
	}
	return unreadable + d.learned.Restore(records, now.UnixNano())
}

// Learned returns what is known about the application of one kind, or with 0 of all,
// whose text contains a text; at most limit items, and how many there are.
func (d *Detector) Learned(kind learned.Kind, contains string, limit int) ([]learned.Item, int) {
	return d.learned.List(kind, contains, limit)
}

// Mature reports whether the application is known well enough for a client to be
// banned for what may be the application's own.
func (d *Detector) Mature(now time.Time) bool { return d.learned.Mature(now.UnixNano()) }

// Correct says what a person says about the application: that an item of a kind, in
// the words of [Detector.Learned], is so or is not so. Undo takes back what a source
// said.
func (d *Detector) Correct(kind learned.Kind, text string, yes bool, source string, now time.Time) error {
	target, err := d.learned.Target(kind, text)
	if err != nil {
		return err
	}
	return d.learned.Correct(yes, source, now.UnixNano(), target)
}

// UndoCorrections takes back what a source said, and returns of how many items that
// was.
func (d *Detector) UndoCorrections(source string) int { return d.learned.Undo(source) }

// TeachFalsePositive has the application learned from the evidence of a flag that a
// person calls a false positive: what was asked for is its own, and its parameters are
// ones in which people write that. Proof of an attack is never learned. The id of the
// flag is the source, for [Detector.UndoCorrections].
func (d *Detector) TeachFalsePositive(flagID string, evidence []record.Evidence, now time.Time) error {
	var targets []learned.Target
	var buf [maxMatches]intent.Match
	for i := range evidence {
		r := &evidence[i]
		t := intent.Target{Method: r.Method, Path: r.Path, Query: r.Query, UserAgent: r.UserAgent, Referer: r.Referer}
		matches := d.classifier.intent.Find(&t, buf[:0])
		if slices.ContainsFunc(matches, func(m intent.Match) bool { return m.Kind == intent.Exploit || m.Root }) {
			continue
		}
		targets = append(targets, d.learned.TemplateTarget(learned.Own, r.Method, r.Path))
		for _, m := range matches {
			if m.Param != "" {
				targets = append(targets, d.learned.ParameterTarget(r.Method, r.Path, m.Param))
			}
		}
	}
	targets = slices.DeleteFunc(targets, func(t learned.Target) bool { return t.Kind == 0 })
	slices.SortFunc(targets, func(a, b learned.Target) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Key, b.Key))
	})
	targets = slices.Compact(targets)
	if len(targets) == 0 {
		return nil
	}
	return d.learned.Correct(true, flagID, now.UnixNano(), targets...)
}

// teach learns from how a client of good standing was answered.
func (o *observation) teach() {
	t := learned.Teacher{Client: o.agentKey, Subnet: o.d.subnet(&o.loc), Confirmed: o.loggedIn(), Suspect: o.judged.never}
	if o.session.account != 0 {
		t.Client = o.session.account
	}
	standing := t.Confirmed || o.conduct.Good(o.now) || o.hasUsers && o.conduct.MissCost() < 1
	if !standing || o.muted != 0 || o.caused() {
		return
	}
	a := o.d.learned
	a.Answer(&t, o.Method, o.Path, o.Status, o.Bytes, o.now)
	if o.answer != served || o.judged.matched == 0 {
		return
	}
	t.Old = o.session.account != 0 && o.d.isOld(o.session.account)
	for i := range o.judged.matched {
		if m := &o.judged.matches[i]; m.Param != "" {
			a.Wrote(&t, o.known.Template, m.Param, m.Weak, o.now)
		}
	}
}
