package learned

// What stands for the parts of a path that differ from one thing to the next.
const (
	anyNumber = "{n}"
	anyID     = "{id}"
)

// Classes of bytes.
const (
	digit = 1 << iota
	lower
	upper
	hex
	letter = lower | upper
	word   = digit | letter
)

var byteClass = func() (t [256]uint8) {
	for c := '0'; c <= '9'; c++ {
		t[c] = digit | hex
	}
	for c := 'a'; c <= 'z'; c++ {
		t[c] = lower
		t[c-'a'+'A'] = upper
	}
	for c := 'a'; c <= 'f'; c++ {
		t[c] |= hex
		t[c-'a'+'A'] |= hex
	}
	return t
}()

// replaced returns what stands for a word of letters and digits: [anyNumber],
// [anyID] for a hash or a token, or "" if it is a name.
func replaced(s string) string {
	digits, switches, isHex := 0, 0, byte(hex)
	for i := range len(s) {
		c := byteClass[s[i]]
		isHex &= c
		if c&digit != 0 {
			digits++
		}
		if i > 0 && (c^byteClass[s[i-1]])&digit != 0 {
			switches++ // between letters and digits
		}
	}
	switch {
	case digits == len(s):
		return anyNumber
	case isHex != 0 && (len(s) >= 8 && digits > 0 || len(s) >= 6 && switches >= 2),
		len(s) >= 10 && switches >= 3,
		len(s) >= 16 && switches >= 2,
		len(s) >= 32:
		return anyID
	}
	return ""
}

// uuidLen is the length of a UUID.
const uuidLen = 36

// startsWithUUID reports whether a UUID is at the beginning of a text.
func startsWithUUID(s string) bool {
	if len(s) < uuidLen || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' ||
		len(s) > uuidLen && byteClass[s[uuidLen]]&word != 0 {
		return false
	}
	for i := range uuidLen {
		if byteClass[s[i]]&hex == 0 && s[i] != '-' {
			return false
		}
	}
	return true
}

// minToken is the length of the shortest token without digits.
const minToken = 20

// isToken reports whether a text is a random one with the alphabet of base64url. It
// changes more often between small and capital letters and digits than a title does.
func isToken(s string) bool {
	if len(s) < minToken {
		return false
	}
	changes := 0
	for i := range len(s) {
		c := byteClass[s[i]] & word
		if c == 0 {
			if s[i] != '-' && s[i] != '_' && s[i] != '=' {
				return false
			}
			continue
		}
		if i > 0 {
			before := byteClass[s[i-1]] & word
			if before != 0 && before != c && !(before == upper && c == lower) {
				changes++
			}
		}
	}
	return changes >= len(s)/4
}

// isVersion reports whether a segment is the version of an API, as v2 or v1.1.
func isVersion(s string) bool {
	if len(s) < 2 || len(s) > 5 || s[0] != 'v' && s[0] != 'V' || byteClass[s[1]]&digit == 0 {
		return false
	}
	for _, c := range []byte(s[1:]) {
		if byteClass[c]&digit == 0 && c != '.' {
			return false
		}
	}
	return true
}
