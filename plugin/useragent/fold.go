package useragent

import (
	"strings"
	"unicode"
)

// fold maps every character to the smallest that package regexp holds equal to
// it under (?i), so that a text found in one folding is found in all. Lower
// case would not do: (?i)k also matches the Kelvin sign, (?i)s the long s.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if r < unicode.MaxASCII {
			if 'a' <= r && r <= 'z' {
				r -= 'a' - 'A'
			}
			return r
		}
		smallest := r
		for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
			smallest = min(smallest, other)
		}
		return smallest
	}, s)
}
