package learned

// maxText is the length up to which the text of a template is kept.
const maxText = 112

// entry is what is known of a template, or of a parameter of one.
type entry struct {
	key uint64
	// parent is the template of a parameter, 0 for a template.
	parent uint64
	// text is the template, up to [maxText], or the name of the parameter.
	text string
	// own is who was answered well, or who wrote in the parameter.
	own evidence
	// broken is who asked in vain.
	broken evidence

	cut     bool // the text is not the whole template
	changed bool // it is in the table's list of changes
	stored  bool // it was taken to be stored

	older, newer *entry // in the queue of its rank
}

// Ranks of entries; the lowest go first when room is needed.
const (
	candidate   = iota // nothing is learned
	byOne              // learned from one confirmed account
	bySeveral          // learned from several teachers
	numberRanks = iota
)

func (e *entry) rank() int {
	switch {
	case e.own.n >= enough || e.broken.n >= enough || e.own.alone && e.own.n > 1:
		return bySeveral
	case e.own.alone:
		return byOne
	}
	return candidate
}

// teacher returns the only teacher of an entry, 0 if there are several.
func (e *entry) teacher() uint32 {
	switch {
	case e.own.n+e.broken.n == 1:
		return e.own.who[0].id | e.broken.who[0].id
	case e.own.n == 1 && e.broken.n == 1 && e.own.who[0] == e.broken.who[0]:
		return e.own.who[0].id
	}
	return 0
}

// isOld reports whether some of it was not seen for too long.
func (e *entry) isOld(hour uint32) bool {
	return e.own.n > 0 && expired(e.own.last, hour) || e.broken.n > 0 && expired(e.broken.last, hour)
}

// last is the last hour in which it was taught.
func (e *entry) last() uint32 { return max(e.own.last, e.broken.last) }

// encode returns the record of an entry.
func (e *entry) encode() []byte {
	b := newEncoder()
	b.number(e.parent)
	b.text(e.text)
	b.flag(e.cut)
	b.evidence(&e.own)
	b.evidence(&e.broken)
	return b
}

func decodeEntry(key uint64, value []byte) (*entry, error) {
	d := newDecoder(value)
	e := &entry{key: key, parent: d.number(1<<64 - 1), text: d.text(maxText), cut: d.flag(), own: d.evidence(), broken: d.evidence()}
	if err := d.end(); err != nil {
		return nil, err
	}
	if e.own.n+e.broken.n == 0 || e.text == "" {
		return nil, errRecord
	}
	return e, nil
}
