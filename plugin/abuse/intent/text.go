package intent

import "bytes"

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

func trimRight(text []byte) []byte {
	for len(text) > 0 && (text[len(text)-1] == ' ' || text[len(text)-1] == '\n') {
		text = text[:len(text)-1]
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

// prose are parameters in which people write what they look for or want to say. No
// program takes a file's name or a command from them.
var prose = set(
	"q s k w query search searchterm search_query searchquery search_term term terms text keyword keywords keys key",
	"find phrase needle filter jql cql lookup question body content message comment description title subject summary note notes",
)

// isProse reports whether people write into a parameter.
func isProse(name string) bool {
	var b [16]byte
	return prose[string(lowered(&b, name))]
}
