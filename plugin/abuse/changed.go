package abuse

import (
	"slices"
	"time"

	"github.com/gatebook/gatebook/record"
)

func (f *flags) touch(c *flagCase, now time.Time) {
	c.last = now
	if !c.changed {
		c.changed = true
		f.changed = append(f.changed, c)
	}
	if len(f.changed) > maxFlags {
		// What people decided is not what goes, or it would be answered for nothing.
		i := max(0, slices.IndexFunc(f.changed, func(c *flagCase) bool { return len(c.Decisions)+len(c.Notes) == 0 }))
		f.changed[i].changed = false
		f.changed = slices.Delete(f.changed, i, i+1)
	}
}

// TakeChanged hands out the flags that changed since the last call, as they are
// now, the one that changed first first. Evidence in them is what is new: the
// detector keeps none, whoever stores them adds it to what is stored.
func (d *Detector) TakeChanged() []record.Flag {
	f := &d.flags
	f.mu.Lock()
	defer f.mu.Unlock()
	var list []record.Flag
	for _, c := range f.changed {
		list = append(list, c.copy())
		c.changed, c.Evidence = false, nil
	}
	f.changed, f.waiting = nil, 0
	return list
}

// ReturnChanged takes back flags that could not be stored.
func (d *Detector) ReturnChanged(list []record.Flag, now time.Time) {
	f := &d.flags
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range list {
		c := f.cases[list[i].Subject]
		if c == nil { // forgotten meanwhile
			c = f.of(list[i].Subject, now)
			c.Flag, c.unmerged = list[i], false
		} else if f.waiting < maxWaiting {
			c.Evidence = append(list[i].Evidence, c.Evidence...)
		}
		f.waiting += len(list[i].Evidence)
		f.touch(c, c.last)
	}
}

// Merge is for a flag that is about to be stored: it adds what was stored of it
// before, nil for nothing, and reports whether the flag is another one now. The flag is as
// [Detector.TakeChanged] hands it out, without evidence.
func (d *Detector) Merge(s record.FlagSubject, stored *record.Flag, now time.Time) (record.Flag, bool) {
	d.flags.mu.Lock()
	defer d.flags.mu.Unlock()
	c := d.flags.cases[s]
	if c == nil || !c.unmerged {
		return record.Flag{}, false
	}
	if c.unmerged = false; stored == nil {
		return record.Flag{}, false
	}
	c.merge(stored, now)
	flag := c.copy()
	flag.Evidence = nil
	return flag, true
}

// Forget drops the flags that which names, and what was to be stored of them. It
// says how many there were.
func (d *Detector) Forget(which func(*record.Flag) bool) (n int) {
	return d.flags.forget(func(c *flagCase) bool { return which(&c.Flag) })
}

// ForgetStored drops those flags of which nothing waits to be stored.
func (d *Detector) ForgetStored(which func(*record.Flag) bool) {
	d.flags.forget(func(c *flagCase) bool { return !c.changed && which(&c.Flag) })
}

func (f *flags) forget(which func(*flagCase) bool) (n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for subject, c := range f.cases {
		if which(c) {
			delete(f.cases, subject)
			n++
		}
	}
	f.changed = slices.DeleteFunc(f.changed, which)
	return n
}

// Flag is a subject's flag, without its evidence.
func (d *Detector) Flag(s record.FlagSubject) (record.Flag, bool) {
	d.flags.mu.Lock()
	defer d.flags.mu.Unlock()
	c := d.flags.cases[s]
	if c == nil {
		return record.Flag{}, false
	}
	flag := c.copy()
	flag.Evidence = nil
	return flag, true
}

func (c *flagCase) copy() record.Flag {
	flag := c.Flag
	flag.Rules, flag.Decisions, flag.Notes = slices.Clone(c.Rules), slices.Clone(c.Decisions), slices.Clone(c.Notes)
	return flag
}
