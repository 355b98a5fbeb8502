package record

import (
	"strings"
	"unicode/utf8"
)

// Cut shortens s to at most n bytes, at the end of a character. What is left
// is a copy, so that the long text can be freed.
func Cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	end := n
	for end > 0 && n-end < utf8.UTFMax && !utf8.RuneStart(s[end]) {
		end--
	}
	if n-end == utf8.UTFMax {
		end = n // no UTF-8: there are no characters to keep whole
	}
	return strings.Clone(s[:end])
}
