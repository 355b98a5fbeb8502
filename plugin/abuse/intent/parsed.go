package intent

import (
	"hash/maphash"
	"sync/atomic"

	"github.com/corazawaf/libinjection-go"
)

// parsed has what libinjection said about values, by their hashes: it takes microseconds
// and allocates, and the filters of an application's pages are the same again and again.
// The last two bits of an entry are the answer.
type parsed [4096]atomic.Uint64

const (
	parsedNo  = 1
	parsedYes = 2
)

var (
	parsedSQL, parsedScripts parsed
	// parsedSeed keeps clients from choosing values with the same hash.
	parsedSeed = maphash.MakeSeed()
)

// answer returns what was said about the value with a hash, or else what is says.
func (p *parsed) answer(hash uint64, value []byte, is func(string) bool) bool {
	slot := &p[hash>>52]
	switch entry := slot.Load(); entry {
	case hash&^3 | parsedYes:
		return true
	case hash&^3 | parsedNo:
		return false
	}
	yes := is(string(value))
	if yes {
		slot.Store(hash&^3 | parsedYes)
	} else {
		slot.Store(hash&^3 | parsedNo)
	}
	return yes
}

// isSQL reports whether libinjection takes a value for SQL. Numbers are one to it,
// whatever they are.
func (f *finder) isSQL(value []byte) bool {
	f.squeezed = sameNumbers(f.squeezed[:0], value)
	return parsedSQL.answer(maphash.Bytes(parsedSeed, f.squeezed), value, func(s string) bool {
		is, _ := libinjection.IsSQLi(s)
		return is
	})
}

// isMarkup reports whether libinjection takes a value for markup with a script.
func isMarkup(value []byte) bool {
	return parsedScripts.answer(maphash.Bytes(parsedSeed, value), value, libinjection.IsXSS)
}

// sameNumbers appends a text in which all numbers that stand alone are the same.
func sameNumbers(b, text []byte) []byte {
	for i := 0; i < len(text); i++ {
		end := i
		for end < len(text) && isDigit(text[end]) {
			end++
		}
		if end == i || i > 0 && isPartOfName(text[i-1]) || end < len(text) && isPartOfName(text[end]) {
			end = max(end, i+1)
			b = append(b, text[i:end]...)
		} else {
			b = append(b, '1')
		}
		i = end - 1
	}
	return b
}

// isPartOfName reports whether a digit beside a byte may be part of a name, of a number
// in another form, or of a comment with a version.
func isPartOfName(c byte) bool {
	return isWord(c) || c >= 0x80 || c == '.' || c == '$' || c == '@' || c == '#' || c == '!' || c == '\\'
}
