package block

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/cespare/xxhash/v2"
	"github.com/dgraph-io/badger/v4/y"

	"github.com/gatebook/gatebook/record/query"
	"github.com/gatebook/gatebook/record/spelling"
)

// bitsPerTerm makes one block in 300 be opened for a term that it does not have.
const bitsPerTerm = 12

// Kinds of terms. They are part of what is hashed.
const (
	termCategory  = 'c'
	termType      = 'y'
	termOutcome   = 'o'
	termSubject   = 's' // an id, and type:id
	termInitiator = 'w' // an id, an e-mail address and a name
)

// term is a value by which entries are found.
type term struct {
	kind byte
	// typed says that the value is that of a subject with its type before it.
	typed      bool
	typ, value string
}

// hash is the same for values that a question calls equal.
func (t term) hash() uint32 {
	var d xxhash.Digest
	d.Reset()
	_, _ = d.Write([]byte{t.kind})
	if t.typed {
		_, _ = d.WriteString(fold(t.typ) + ":")
	}
	if t.kind == termSubject || t.kind == termInitiator {
		_, _ = d.WriteString(fold(t.value))
	} else {
		_, _ = d.WriteString(t.value)
	}
	return uint32(d.Sum64())
}

// eachTerm calls f for the terms of a row. Empty values are not among them.
func (r *row) eachTerm(f func(term)) {
	one := func(kind byte, columns ...int) {
		for _, c := range columns {
			if r.names[c] != "" {
				f(term{kind: kind, value: r.names[c]})
			}
		}
	}
	one(termCategory, category)
	one(termType, eventType)
	one(termOutcome, outcome)
	if r.flags&hasSubject != 0 {
		one(termSubject, subjectID)
		f(term{kind: termSubject, typed: true, typ: r.names[subjectType], value: r.names[subjectID]})
	}
	one(termInitiator, initiatorID, initiatorEmail, initiatorName)
}

// Terms encodes the terms of the entries: their categories, and a filter that knows
// every term.
func (b *Builder) Terms() []byte {
	var categories []string
	hashes := slices.Clone(b.hidden)
	for t := range b.terms {
		if t.kind == termCategory {
			categories = append(categories, t.value)
		}
		hashes = append(hashes, t.hash())
	}
	slices.Sort(categories)
	dst := binary.AppendUvarint([]byte{Version}, uint64(len(categories)))
	for _, c := range categories {
		dst = append(binary.AppendUvarint(dst, uint64(len(c))), c...)
	}
	if len(hashes) > 0 {
		slices.Sort(hashes)
		dst = append(dst, y.NewFilter(slices.Compact(hashes), bitsPerTerm)...)
	}
	return appendSum(dst, b.number)
}

// Terms are what is known of the terms of a block.
type Terms struct {
	// Categories are those of the entries, in alphabetical order.
	Categories []string
	filter     y.Filter
}

// ParseTerms reads the terms of the block of a number. They share the memory of value.
func ParseTerms(value []byte, number uint64) (t Terms, err error) {
	in, err := open(value, number)
	if err != nil {
		return t, fmt.Errorf("the terms of block %d: %w", number, err)
	}
	n := in.uvarint()
	for ; n > 0 && !in.broken; n-- {
		t.Categories = append(t.Categories, view(in.bytes(in.uvarint())))
	}
	if in.broken || len(in.rest) == 1 {
		return Terms{}, fmt.Errorf("the terms of block %d: %w", number, errForm)
	}
	t.filter = in.rest
	return t, nil
}

// alternatives are the hashes of values of which an entry must have one.
type alternatives []uint32

// newAlternatives is nil where the terms do not tell. A name is looked up in each of
// its spellings, since the terms are those of what was stored.
func newAlternatives(kind byte, values []string) (list alternatives) {
	for _, v := range values {
		if v == "" || kind == termType && strings.HasSuffix(v, "*") {
			return nil
		}
		if kind != termSubject && kind != termInitiator {
			list = append(list, term{kind: kind, value: v}.hash())
			continue
		}
		for _, name := range spelling.Spellings(v) {
			list = append(list, term{kind: kind, value: name}.hash())
		}
	}
	return list
}

// addTerms notes which terms an entry must have for f.
func (n *Question) addTerms(f *query.EventFilter) {
	for _, list := range []alternatives{
		newAlternatives(termSubject, f.Subjects),
		newAlternatives(termInitiator, f.Initiators),
		newAlternatives(termType, f.Types),
		newAlternatives(termOutcome, f.Outcomes),
		newAlternatives(termCategory, f.Categories),
	} {
		if len(list) > 0 {
			n.terms = append(n.terms, list)
		}
	}
}

// NeedsTerms reports whether terms can tell that a block has no answer.
func (n *Question) NeedsTerms() bool { return len(n.terms) > 0 }

// MayMatch reports whether a block with these terms may have an answer.
func (t *Terms) MayMatch(q *Question) bool {
	for _, list := range q.terms {
		if !slices.ContainsFunc(list, t.filter.MayContain) {
			return false
		}
	}
	return true
}
