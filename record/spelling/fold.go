// Package spelling compares texts that are written differently and mean the same:
// in another case, with composed or decomposed letters, with escapes, and with
// domains in Unicode or in Punycode.
package spelling

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Fold returns the form of s that all its spellings by case and composition share.
// It is a canonical caseless match (Unicode, section 3.13) with simple case folding,
// so that ß stays apart from ss. The dotted capital İ folds to i.
func Fold(s string) string {
	if ASCII(s) {
		return strings.ToLower(s)
	}
	// Decomposing first makes the result the same for all equivalent texts: a letter
	// with its marks may fold differently from the same letter in one piece.
	folded := strings.Map(foldRune, norm.NFD.String(s))
	return norm.NFC.String(strings.ReplaceAll(folded, "i\u0307", "i"))
}

// foldRune returns one rune for all that unicode.SimpleFold takes for equal. It
// is in lower case where it is ASCII.
func foldRune(r rune) rune {
	if r < utf8.RuneSelf {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}
	lowest := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		lowest = min(lowest, next)
	}
	switch {
	case lowest == '\u0345': // a mark: composing would join it to the letter before
		return 'ι'
	case 'A' <= lowest && lowest <= 'Z':
		return lowest + 'a' - 'A'
	}
	return lowest
}

// ASCII reports whether s is ASCII only.
func ASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
