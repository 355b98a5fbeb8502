package block

import (
	"maps"
	"slices"
	"time"

	"github.com/gatebook/gatebook/record"
)

// MaxRows is how many entries a block has at the most.
const MaxRows = 1024

// Bounds of what is kept of one row, so that neither making a block nor reading
// one takes much memory. An entry beyond them is left out but for its category
// and times: it is opaque, and the caller looks at the entry itself.
const (
	maxRowText = 4 << 10
	maxParams  = 60
)

// Columns of names: what filters ask for.
const (
	category = iota
	eventType
	outcome
	subjectType
	subjectID
	initiatorID
	initiatorName
	initiatorEmail
	nameColumns
)

// Columns of texts: what else words are searched in.
const (
	text = iota
	key
	label
	textColumns
)

// Flags of a row.
const (
	anonymized = 1 << iota
	hasSubject
	hasInitiator
	opaque
	knownFlags = 1<<iota - 1
)

// row is one entry in the making of a block.
type row struct {
	offset    uint16
	flags     byte
	time, due int64
	names     [nameColumns]string
	texts     [textColumns]string
	// params are texts as well, any number of them.
	params []string
}

func newRow(e *record.Event) row {
	r := row{
		offset: uint16(e.Seq % MaxRows),
		time:   e.Time.UnixMicro(),
		due:    Due(e).UnixMicro(),
		texts:  [textColumns]string{text: e.Text, key: e.Key},
		params: slices.Sorted(maps.Values(e.Params)),
	}
	r.names[category], r.names[eventType], r.names[outcome] = e.Category, e.Type, e.Outcome
	if e.Anonymized {
		r.flags |= anonymized
	}
	if s := e.Subject; s != nil {
		r.flags |= hasSubject
		r.names[subjectType], r.names[subjectID], r.texts[label] = s.Type, s.ID, s.Label
	}
	if i := e.Initiator; i != nil {
		r.flags |= hasInitiator
		r.names[initiatorID], r.names[initiatorName], r.names[initiatorEmail] = i.ID, i.Name, i.Email
	}
	return r
}

// large reports whether a block keeps nothing of the row but its category and times.
func (r *row) large() bool { return r.size() > maxRowText || len(r.params) > maxParams }

// own gives the row strings of its own.
func (r *row) own() {
	all := make([]byte, 0, r.size())
	for _, list := range r.strings() {
		for i, s := range list {
			at := len(all)
			all = append(all, s...)
			list[i] = view(all[at:])
		}
	}
}

// Due is the time from which the anonymization of e counts: the later of Time and
// Until.
func Due(e *record.Event) time.Time {
	if e.Until.IsZero() || e.Until.Before(e.Time) {
		return e.Time
	}
	return e.Until
}

// size is how many bytes of text there are.
func (r *row) size() (n int) {
	for _, list := range r.strings() {
		for _, s := range list {
			n += len(s)
		}
	}
	return n
}

func (r *row) strings() [3][]string { return [3][]string{r.names[:], r.texts[:], r.params} }

// hide makes the row opaque.
func (r *row) hide() {
	r.flags |= opaque
	r.names = [nameColumns]string{category: r.names[category]}
	r.texts = [textColumns]string{}
	r.params = nil
}
