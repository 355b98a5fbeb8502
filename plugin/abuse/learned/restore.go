package learned

import (
	"encoding/binary"
	"slices"
	"strings"
	"sync"
)

// Restore adds stored records to what is known, but for those that are too old. It
// returns how many could not be read; they are learned anew, and their records are to
// be deleted.
func (a *App) Restore(list []Record, now int64) (unreadable int) {
	r := restorer{app: a, moved: map[uint64]uint64{}}
	for i := range list {
		if r.read(&list[i]) != nil {
			unreadable++
			a.useless.add(list[i].Key)
		}
	}
	// The order in which things were taught decides which go first.
	slices.SortStableFunc(r.templates, byLast)
	slices.SortStableFunc(r.parameters, byLast)
	for _, e := range r.templates {
		old := e.key
		if !e.cut {
			e.key = a.hash.text(e.text)
		}
		r.moved[old] = e.key
		s := a.shard(e.key)
		s.mu.Lock()
		s.templates.restore(e, r.move(templateRecord, old, e.key))
		s.mu.Unlock()
	}
	for _, e := range r.parameters {
		old := e.key
		if parent, ok := r.moved[e.parent]; ok {
			e.parent = parent
		}
		e.key = a.hash.under(e.parent, e.text)
		s := a.shard(e.parent)
		s.mu.Lock()
		s.parameters.restore(e, r.move(parameterRecord, old, e.key))
		s.mu.Unlock()
	}
	a.corrections.published()
	a.forgetOld(hourOf(now))
	return unreadable
}

func byLast(x, y *entry) int { return int(x.last()) - int(y.last()) }

// useless are the keys of records to be deleted: those that cannot be read, and those
// that were stored with another seed and have other keys now.
type useless struct {
	mu   sync.Mutex
	keys []string
}

func (u *useless) add(key string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.keys = append(u.keys, key)
}

// take empties the list.
func (u *useless) take(list []Record) []Record {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, key := range u.keys {
		list = append(list, Record{Key: key})
	}
	u.keys = nil
	return list
}

// restorer collects records of templates and parameters, and restores the others.
type restorer struct {
	app                   *App
	templates, parameters []*entry
	// moved has the keys of templates, by the keys with which they were stored.
	moved map[uint64]uint64
}

// move reports whether a key changed, and has the old record deleted then.
func (r *restorer) move(kind byte, old, key uint64) bool {
	if old == key {
		return false
	}
	r.app.useless.add(recordKey(kind, old))
	return true
}

func (r *restorer) read(rec *Record) error {
	if len(rec.Key) < 9 {
		return errRecord
	}
	key := binary.BigEndian.Uint64([]byte(rec.Key[1:9]))
	switch rec.Key[0] {
	case templateRecord:
		e, err := decodeEntry(key, rec.Value)
		if err == nil {
			r.templates = append(r.templates, e)
		}
		return err
	case parameterRecord:
		e, err := decodeEntry(key, rec.Value)
		if err == nil {
			r.parameters = append(r.parameters, e)
		}
		return err
	case catchAllRecord:
		c, err := decodeAnswer(rec.Value)
		if err == nil {
			r.app.catchAlls.restore(c)
		}
		return err
	case loginRecord:
		p, err := decodeLogin(key, rec.Value)
		if err == nil {
			if !p.cut {
				p.key = r.app.hash.text(p.text)
			}
			r.app.logins.restore(p, r.move(loginRecord, key, p.key))
		}
		return err
	case maturityRecord:
		m, err := decodeMaturity(rec.Value)
		if err == nil {
			r.app.maturity.merge(m)
		}
		return err
	case correctionRecord:
		one, err := decodeCorrection(rec.Value)
		if err == nil {
			r.correction(rec.Key, one)
		}
		return err
	}
	return errRecord
}

// correction restores a correction. A text that is shorter than any that was cut is
// the whole one.
func (r *restorer) correction(key string, one Correction) {
	h := r.app.hash
	if len(one.Text) < maxText {
		switch one.Kind {
		case Own, Broken, Login:
			one.Key = h.text(one.Text)
		case Writes:
			template, parameter, _ := strings.Cut(one.Text, "?")
			one.Key = h.under(h.text(template), parameter)
		}
	}
	moved := r.app.corrections.keyOf(&one).record() != key
	if moved {
		r.app.useless.add(key)
	}
	r.app.corrections.restore(one, moved)
}
