package intent

import (
	"bytes"
	"strings"
)

// contains reports whether a text has a word. It does not allocate, since neither the
// conversion nor the word escapes.
func contains(text []byte, word string) bool { return index(text, word) >= 0 }

// index returns where a word begins in a text, -1 if it is not there.
func index(text []byte, word string) int {
	if word == "" {
		return 0
	}
	for from := 0; ; {
		i := bytes.IndexByte(text[from:], word[0])
		if i < 0 || from+i+len(word) > len(text) {
			return -1
		}
		if from += i; string(text[from:from+len(word)]) == word {
			return from
		}
		from++
	}
}

func hasPrefix(text []byte, word string) bool {
	return len(text) >= len(word) && string(text[:len(word)]) == word
}

func isLetter(c byte) bool { return 'a' <= c && c <= 'z' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// isWord reports whether a byte is part of a name.
func isWord(c byte) bool { return isLetter(c) || isDigit(c) || c == '_' }

func trimLeft(text []byte) []byte {
	for len(text) > 0 && (text[0] == ' ' || text[0] == '\n') {
		text = text[1:]
	}
	return text
}

// skipWord returns the word at the beginning of a text, and the rest.
func skipWord(text []byte) (word, rest []byte) {
	i := 0
	for i < len(text) && isWord(text[i]) {
		i++
	}
	return text[:i], text[i:]
}

// ends returns a text, or of one with more than n bytes the first and the last half of n:
// padding does not hide what is behind it.
func ends(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return s[:n/2] + s[len(s)-n/2:]
}

// clip returns the first bytes of a text.
func clip(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}

// set returns the words of some lines as a set.
func set(words ...string) map[string]bool {
	m := map[string]bool{}
	for _, line := range words {
		for word := range strings.FieldsSeq(line) {
			m[word] = true
		}
	}
	return m
}

// lowered returns a short text in lower case, nil for a longer one.
func lowered(b *[16]byte, text string) []byte {
	if len(text) > len(b) {
		return nil
	}
	for i := range len(text) {
		b[i] = plain[text[i]]
	}
	return b[:len(text)]
}

// plain maps bytes to lower case, and control characters to a space or a line break.
// NUL stays: it ends names.
var plain = func() (t [256]byte) {
	for i := range t {
		switch {
		case i == '\n' || i == '\r':
			t[i] = '\n'
		case 0 < i && i < ' ' || i == 0x7f:
			t[i] = ' '
		case 'A' <= i && i <= 'Z':
			t[i] = byte(i) | 0x20
		default:
			t[i] = byte(i)
		}
	}
	return t
}()
