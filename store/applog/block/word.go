package block

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gatebook/gatebook/record/query"
	"github.com/gatebook/gatebook/record/spelling"
)

// Word is a text that is searched for without regard to case, as
// [query.Finder] does.
type Word struct {
	empty bool
	find  query.Finder
	// anchor is a part of a word that is not ASCII: whatever has the word has
	// the part, which is found in all strings at once, unless it has escapes.
	anchor query.Finder
}

// NewWord makes a word of s.
func NewWord(s string) Word {
	return Word{
		empty:  s == "",
		find:   query.NewFinder(s),
		anchor: query.NewFinder(anchor(s)),
	}
}

// anchor is the longest part of s, when folded, of ASCII that stands for ASCII
// only: k is also the Kelvin sign, s the long s, i the İ, and there are a Greek
// semicolon and grave accent.
func anchor(s string) (longest string) {
	for _, part := range strings.FieldsFunc(spelling.Fold(s), func(r rune) bool {
		return r >= utf8.RuneSelf || strings.ContainsRune("ksi;`", r)
	}) {
		if len(part) > len(longest) {
			longest = part
		}
	}
	return longest
}

// searchedNames are the columns of names that words are searched in.
var searchedNames = [...]int{eventType, subjectType, subjectID, initiatorID, initiatorName, initiatorEmail}

// test returns which rows have the word.
func (w Word) test(r *Reader) (func(row int) bool, error) {
	if w.empty {
		return func(int) bool { return true }, nil
	}
	names, texts, err := w.in(r)
	if err != nil {
		return nil, err
	}
	switch {
	case names == nil && texts == nil:
		return nil, nil
	case texts == nil:
		return func(row int) bool { return r.inNames(row, names) }, nil
	case names == nil:
		return func(row int) bool { return r.inTexts(row, texts) }, nil
	}
	return func(row int) bool { return r.inTexts(row, texts) || r.inNames(row, names) }, nil
}

// in returns the strings that have the word; nil means that none has.
func (w Word) in(r *Reader) (names, texts []bool, err error) {
	if err := r.readNames(); err != nil {
		return nil, nil, err
	}
	if err := r.readTexts(); err != nil {
		return nil, nil, err
	}
	return r.name.with(&w), r.text.with(&w), nil
}

func (r *Reader) inNames(row int, fits []bool) bool {
	for _, c := range searchedNames {
		if fits[r.nameOf[c][row]] {
			return true
		}
	}
	return false
}

func (r *Reader) inTexts(row int, fits []bool) bool {
	for c := range r.textOf {
		if fits[r.textOf[c][row]] {
			return true
		}
	}
	return slices.ContainsFunc(r.params(row), func(n uint16) bool { return fits[n] })
}

// with returns the strings that have the word; nil means that none has.
func (t *texts) with(w *Word) (fits []bool) {
	some := func(n int) {
		if fits == nil {
			fits = make([]bool, t.len())
		}
		fits[n] = true
	}
	if w.find.ASCII() {
		fits = t.place(w.find)
		if !w.find.Escapable() {
			return fits
		}
		for n, escaped := range t.escaped() {
			if escaped && (fits == nil || !fits[n]) && w.find.In(t.get(uint16(n))) {
				some(n)
			}
		}
		return fits
	}
	candidates := []bool(nil)
	escaped := t.escaped()
	if w.anchor.ASCII() {
		if candidates = t.place(w.anchor); candidates == nil && escaped == nil {
			return nil
		}
	}
	for n := range t.len() {
		candidate := !w.anchor.ASCII() || candidates != nil && candidates[n] || escaped != nil && escaped[n]
		if candidate && w.find.In(t.get(uint16(n))) {
			some(n)
		}
	}
	return fits
}

// escaped returns the strings with which [spelling.Escaped] holds; nil means that
// none has.
func (t *texts) escaped() (list []bool) {
	if !spelling.Escaped(t.all) {
		return nil
	}
	for n := range t.len() {
		if spelling.Escaped(t.get(uint16(n))) {
			if list == nil {
				list = make([]bool, t.len())
			}
			list[n] = true
		}
	}
	return list
}

// place searches all strings at once: a call for each would cost more than the
// search.
func (t *texts) place(find query.Finder) (fits []bool) {
	n := 0
	for at := range find.All(t.all) {
		skip, _ := slices.BinarySearch(t.ends[n:], uint32(at)+1)
		n += skip
		if at+find.Len() <= int(t.ends[n]) { // else it is where two strings meet
			if fits == nil {
				fits = make([]bool, t.len())
			}
			fits[n] = true
		}
	}
	return fits
}
