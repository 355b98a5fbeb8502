package logformat

import "bytes"

// Quoted texts of combined lines. Apache, nginx and others escape a quote in them; some
// servers do not. So a quote that cannot end its text, by what follows, is part of it.

// maxQuotes is how many quotes of a text are looked at, so that a line of quotes takes
// no longer than others.
const maxQuotes = 64

// quotedRequest reads the request whose opening quote is at line[at]. A status follows
// its closing quote.
func quotedRequest(line []byte, at int) (text string, next int, closed bool) {
	return quoted(line, at, func(rest []byte) bool {
		return len(rest) >= 4 && rest[0] == ' ' && isStatus(rest[1:4]) && (len(rest) == 4 || rest[4] == ' ') ||
			bytes.HasPrefix(rest, []byte(" - "))
	})
}

func isStatus(s []byte) bool {
	return '1' <= s[0] && s[0] <= '9' && '0' <= s[1] && s[1] <= '9' && '0' <= s[2] && s[2] <= '9'
}

// quoted reads the quoted text whose opening quote is at line[at]. It ends at the first
// quote for which ends is true of the rest of the line; at the first of all if there is
// none. What is not closed goes on to the end of the line.
func quoted(line []byte, at int, ends func(rest []byte) bool) (text string, next int, closed bool) {
	rest := line[at+1:]
	first, seen := -1, 0
	for i := 0; i < len(rest) && seen < maxQuotes; i++ {
		switch rest[i] {
		case '\\':
			i++
		case '"':
			if ends(rest[i+1:]) {
				return unescape(string(rest[:i])), at + 1 + i + 1, true
			}
			if seen++; first < 0 {
				first = i
			}
		}
	}
	if first >= 0 {
		return unescape(string(rest[:first])), at + 1 + first + 1, true
	}
	return unescape(string(rest)), len(line), false
}

// refererAndAgent reads what follows the bytes at line[next]. A bare - is an absent
// text, as Traefik writes it.
func refererAndAgent(line []byte, next int) (referer, agent string, err error) {
	if next == len(line) {
		return "", "", nil
	}
	if next, err = skipNumbers(line, next); err != nil {
		return "", "", err
	}
	referer, next, ok := textField(line, next, endsReferer)
	if !ok {
		return "", "", nil
	}
	agent, _, _ = textField(line, next, areFields)
	return referer, agent, nil
}

// textField reads a quoted text or a bare - after the space at line[next].
func textField(line []byte, next int, ends func([]byte) bool) (text string, after int, ok bool) {
	rest := line[next:]
	switch {
	case bytes.HasPrefix(rest, []byte(` "`)):
		text, after, _ = quoted(line, next+1, ends)
		return absent(text), after, true
	case bytes.HasPrefix(rest, []byte(" -")) && (len(rest) == 2 || rest[2] == ' '):
		return "", next + 2, true
	}
	return "", next, false
}

func endsReferer(rest []byte) bool {
	return len(rest) == 0 || bytes.HasPrefix(rest, []byte(` "`)) || bytes.HasPrefix(rest, []byte(" -"))
}

// areFields reports whether rest are whole fields, each behind a space: words without
// quotes, and quoted texts of which the last may be cut off.
func areFields(rest []byte) bool {
	for len(rest) > 0 {
		if rest[0] != ' ' {
			return false
		}
		rest = rest[1:]
		if len(rest) > 0 && rest[0] == '"' {
			end := closing(rest)
			if end < 0 {
				return true
			}
			rest = rest[end+1:]
			continue
		}
		end := bytes.IndexByte(rest, ' ')
		if end < 0 {
			end = len(rest)
		}
		if bytes.IndexByte(rest[:end], '"') >= 0 {
			return false
		}
		rest = rest[end:]
	}
	return true
}

// closing returns the position of the quote that closes the one at text[0], -1 if there
// is none.
func closing(text []byte) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return -1
}

// skipNumbers passes over numbers between the bytes and the referer: times and sizes
// that servers were told to write there. Something else there, or a text behind the
// numbers that is no referer, is an error: the texts cannot be told apart any more.
func skipNumbers(line []byte, next int) (int, error) {
	at := next
	for at < len(line) && line[at] == ' ' {
		word, _, end := field(line, at)
		if word == "" || word[0] == '"' || word == "-" {
			break
		}
		if !isDecimal(word) {
			if bytes.Contains(line[end:], []byte(` "`)) {
				return 0, errAt(at+1, "it cannot be seen what %q after the bytes means; referer and user agent have to follow the bytes, so take it out of the log first", brief(word))
			}
			return next, nil
		}
		at = end
	}
	if at == next || at == len(line) || line[min(at+1, len(line)-1)] != '"' {
		return next, nil
	}
	if text, _, _ := quoted(line, at+1, endsReferer); !isReferer(text) {
		return 0, errAt(at+1, "%q after the numbers is no referer, so it cannot be seen what it means; referer and user agent have to follow the bytes", brief(text))
	}
	return at, nil
}

func isDecimal(s string) bool {
	for i := range len(s) {
		if (s[i] < '0' || s[i] > '9') && s[i] != '.' {
			return false
		}
	}
	return s != ""
}

// isReferer reports whether a text is absent or an address of the web.
func isReferer(s string) bool {
	if s == "" || s == "-" {
		return true
	}
	scheme, _, ok := bytes.Cut([]byte(s), []byte("://"))
	return ok && isToken(string(scheme))
}
