package record

import (
	"strings"
	"unicode/utf8"
)

// Finder looks for a text without regard to case. Where it is ASCII only
// ASCII's letters are folded, byte by byte, which is quick; others are folded
// as Unicode has it.
type Finder struct {
	lower string
	ascii bool
	// first are the two forms of the first byte.
	first [2]byte
}

// NewFinder makes a finder for text.
func NewFinder(text string) Finder {
	f := Finder{lower: strings.ToLower(text), ascii: true}
	for i := range len(text) {
		f.ascii = f.ascii && text[i] < utf8.RuneSelf
	}
	if text != "" {
		f.first[0] = f.lower[0]
		f.first[1] = f.lower[0]
		if c := f.lower[0]; 'a' <= c && c <= 'z' {
			f.first[1] = c - 'a' + 'A'
		}
	}
	return f
}

// In reports whether the text is in s.
func (f Finder) In(s string) bool {
	if f.lower == "" {
		return true
	}
	if !f.ascii {
		return strings.Contains(strings.ToLower(s), f.lower)
	}
	for i := 0; i <= len(s)-len(f.lower); i++ {
		if c := s[i]; c != f.first[0] && c != f.first[1] {
			continue
		}
		if equalFoldASCII(s[i:i+len(f.lower)], f.lower) {
			return true
		}
	}
	return false
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
