package useragent

import (
	"strings"
	"unicode"
)

// maxName is the longest name in bytes; some patterns take the name from the
// header.
const maxName = 64

// names are what an agent is shown as.
type names struct{ browser, os string }

// join makes a name of what the library found; it calls the unknown "Other".
func join(family, major, minor string) string {
	if family == "" || family == "Other" {
		return ""
	}
	name := family
	if major != "" {
		name += " " + major
		if strings.Trim(minor, "0") != "" {
			name += "." + minor
		}
	}
	return clean(name)
}

// clean bounds a name and takes out what does not print, since a header may
// have chosen it.
func clean(name string) string {
	name = strings.ToValidUTF8(name[:min(len(name), maxName)], "")
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return -1
	}, name))
}

// familyOf returns a name without its version.
func familyOf(name string) string {
	if i := strings.LastIndexByte(name, ' '); i >= 0 && name[i+1:] != "" && isDigit(name[i+1]) {
		return name[:i]
	}
	return name
}

// withVersion makes a name of a product and its version.
func withVersion(name, version string) string {
	digits := func(s string) (string, string) {
		n := 0
		for n < len(s) && isDigit(s[n]) {
			n++
		}
		return s[:n], s[n:]
	}
	major, rest := digits(version)
	minor := ""
	if strings.HasPrefix(rest, ".") {
		minor, _ = digits(rest[1:])
	}
	return join(strings.TrimSpace(name), major, minor)
}

// isWord reports whether a text can be a name: it has letters, and is no setting,
// key or other long text.
func isWord(s string) bool {
	if len(s) < 2 || len(s) > maxName || strings.ContainsAny(s, "=%{}\\") {
		return false
	}
	for i := range len(s) {
		if isLetter(s[i]) {
			return true
		}
	}
	return false
}

func isLetter(b byte) bool { return 'a' <= b|0x20 && b|0x20 <= 'z' }

func isDigit(b byte) bool { return '0' <= b && b <= '9' }
