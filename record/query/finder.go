package query

import (
	"iter"
	"math"
	"strings"

	"github.com/gatebook/gatebook/record/spelling"
)

// Finder looks for a text without regard to case. Where it is ASCII only
// ASCII's letters are folded, byte by byte, which is quick. Others are found in any
// case, with composed or decomposed letters, and behind escapes, as
// [spelling.Fold] and [spelling.Unescape] have it.
type Finder struct {
	lower string
	ascii bool
	// escapable says that the text may stand behind escapes: it has something that
	// programs encode.
	escapable bool
	// pivot is the place of the byte that is looked for first, the rarest; forms
	// are its two cases.
	pivot int
	forms [2]byte
}

// common are the bytes of paths and user agents, the most frequent first.
const common = "eatoinsrlcdp/mhu.-g1203bkw456789fvy=&_%;()jxqz "

// NewFinder makes a finder for text.
func NewFinder(text string) Finder {
	if !spelling.ASCII(text) {
		return Finder{lower: spelling.Fold(text), escapable: true}
	}
	f := Finder{lower: strings.ToLower(text), ascii: true}
	rarest := -1
	for i := range len(text) {
		f.escapable = f.escapable || !literal(text[i])
		// What is not common at all is the rarest.
		rank := strings.IndexByte(common, f.lower[i])
		if rank < 0 {
			rank = len(common)
		}
		if rank > rarest {
			f.pivot, rarest = i, rank
		}
	}
	if text != "" {
		c := f.lower[f.pivot]
		f.forms = [2]byte{c, c}
		if 'a' <= c && c <= 'z' {
			f.forms[1] = c - 'a' + 'A'
		}
	}
	return f
}

// In reports whether the text is in s.
func (f Finder) In(s string) bool {
	if f.lower == "" {
		return true
	}
	return f.plainIn(s) || f.escapable && spelling.Escaped(s) && f.plainIn(spelling.Unescape(s))
}

// plainIn is In for a text whose escapes are letters like others.
func (f Finder) plainIn(s string) bool {
	if !f.ascii {
		return (!f.foreign() || !spelling.ASCII(s)) && strings.Contains(spelling.Fold(s), f.lower)
	}
	for range f.All(s) {
		return true
	}
	return false
}

// foreign reports whether some of the text is not ASCII when folded either, as the
// Kelvin sign is.
func (f Finder) foreign() bool { return !spelling.ASCII(f.lower) }

// ASCII reports whether [Finder.All] finds what [Finder.In] does, but for what is
// [Finder.Escapable].
func (f Finder) ASCII() bool { return f.ascii && f.lower != "" }

// Escapable reports whether In also finds the text behind escapes, in a string for
// which [spelling.Escaped] holds. It does not look there for ASCII that nobody encodes:
// letters, digits and what separates parts of a path.
func (f Finder) Escapable() bool { return f.escapable }

// literal reports whether programs leave c as it is in a path or a query (RFC 3986,
// section 2.3, and slashes).
func literal(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || strings.IndexByte("-._~/%", c) >= 0
}

// Len is the length of what All finds.
func (f Finder) Len() int { return len(f.lower) }

// All yields the places in s where the text begins, of a text that is ASCII and
// not empty.
func (f Finder) All(s string) iter.Seq[int] {
	return func(yield func(int) bool) {
		last := len(s) - len(f.lower) + f.pivot // where the pivot can be
		next := [2]int{-1, -1}
		for form := range next {
			next[form] = f.after(s, f.pivot, form)
		}
		for {
			at := min(next[0], next[1])
			if at > last {
				return
			}
			if start := at - f.pivot; equalFoldASCII(s[start:start+len(f.lower)], f.lower) && !yield(start) {
				return
			}
			for form := range next {
				if next[form] == at {
					next[form] = f.after(s, at+1, form)
				}
			}
		}
	}
}

// after is the first place of one form of the pivot from a place on, or one that
// is beyond s.
func (f Finder) after(s string, from, form int) int {
	if from < len(s) && (form == 0 || f.forms[1] != f.forms[0]) {
		if i := strings.IndexByte(s[from:], f.forms[form]); i >= 0 {
			return from + i
		}
	}
	return math.MaxInt
}

func equalFoldASCII(s, lower string) bool {
	for i := range len(s) {
		c := s[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

// InAny reports whether the text is in one of them.
func (f Finder) InAny(texts ...string) bool {
	for _, s := range texts {
		if f.In(s) {
			return true
		}
	}
	return false
}
