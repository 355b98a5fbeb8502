package intent

// maxDecodings is how often escapes are decoded; attackers encode them more than once.
const maxDecodings = 3

// appendDecoded appends text in lower case with its escapes decoded, and reports the
// characters of the result. The result is never longer than the text.
func appendDecoded(b []byte, text string, query bool) ([]byte, chars) {
	start, has, overlong := len(b), chars(0), false
	var last byte
	for i := range len(text) {
		c := plain[text[i]]
		if c == '+' && query {
			c = ' '
		}
		if c == '.' && last == '.' {
			has |= dots
		}
		has |= charsOf[c]
		overlong = overlong || c == 0xc0 || c == 0xc1
		b = append(b, c)
		last = c
	}
	if has&percent == 0 && !overlong {
		return b, has
	}
	decoded := false
	for range maxDecodings {
		var changed bool
		if b, changed = decodeOnce(b, start); !changed {
			break
		}
		decoded = true
	}
	if decoded {
		has = charsIn(b[start:]) | escape
	}
	return b, has
}

// charsIn returns the characters of a text.
func charsIn(text []byte) (has chars) {
	var last byte
	for _, c := range text {
		if c == '.' && last == '.' {
			has |= dots
		}
		has |= charsOf[c]
		last = c
	}
	return has
}

// decodeOnce decodes b from start on, in place, and reports whether anything changed.
// It decodes overlong UTF-8 (0xc0 0xaf is a slash) and IIS's %u002f as careless servers do.
func decodeOnce(b []byte, start int) ([]byte, bool) {
	to, changed := start, false
	for i := start; i < len(b); i++ {
		c := b[i]
		if c == '%' {
			if d, size := unescape(b[i:]); size > 0 {
				c = d
				i += size - 1
				changed = true
			}
		}
		if c&0xc0 == 0x80 && to > start && (b[to-1] == 0xc0 || b[to-1] == 0xc1) {
			to--
			c = plain[b[to]&3<<6|c&0x3f]
			changed = true
		}
		b[to] = c
		to++
	}
	return b[:to], changed
}

// unescape decodes the escape at the beginning of b and returns its size, 0 for none.
func unescape(b []byte) (c byte, size int) {
	if len(b) >= 3 {
		high, low := hexDigit[b[1]], hexDigit[b[2]]
		if high < 16 && low < 16 {
			return plain[high<<4|low], 3
		}
	}
	if len(b) < 6 || b[1] != 'u' {
		return 0, 0
	}
	code := 0
	for _, d := range b[2:6] {
		if hexDigit[d] > 15 {
			return 0, 0
		}
		code = code<<4 | int(hexDigit[d])
	}
	switch {
	case code < 0x80:
		return plain[code], 6
	case code == 0x2215 || code == 0xff0f:
		return '/', 6
	case code == 0x2216 || code == 0xff3c:
		return '\\', 6
	case code == 0xff0e:
		return '.', 6
	}
	return 0, 0
}
