package spelling

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// Plain reports whether s has one spelling apart from case: it is ASCII without
// escapes and without Punycode.
func Plain(s string) bool {
	return ASCII(s) && !Escaped(s) && !hasPunycode(s)
}

func hasPunycode(s string) bool {
	for at := strings.Index(s, "--"); at >= 0; {
		if at >= 2 && s[at-2]|0x20 == 'x' && s[at-1]|0x20 == 'n' {
			return true
		}
		next := strings.Index(s[at+1:], "--")
		if next < 0 {
			return false
		}
		at += 1 + next
	}
	return false
}

// Mailbox returns the form of an e-mail address that all its spellings share.
func Mailbox(address string) string {
	if Plain(address) {
		return strings.ToLower(address)
	}
	return Mailboxes(Unescape(address))
}

// Mailboxes returns a text with its e-mail addresses in the form that [Mailbox]
// gives them. Escapes in the text are left; see [Unescape].
func Mailboxes(text string) string {
	text = Fold(text)
	if !strings.Contains(text, "@") || ASCII(text) && !hasPunycode(text) {
		return text
	}
	var out strings.Builder
	for {
		before, after, found := strings.Cut(text, "@")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		end := strings.IndexFunc(after, func(r rune) bool { return !inDomain(r) })
		if end < 0 {
			end = len(after)
		}
		out.WriteByte('@')
		out.WriteString(domain(after[:end]))
		text = after[end:]
	}
}

// SameMailbox reports whether two addresses are spellings of one.
func SameMailbox(a, b string) bool {
	return strings.EqualFold(a, b) || (!Plain(a) || !Plain(b)) && Mailbox(a) == Mailbox(b)
}

// SameText reports whether two texts have the same letters, composed or decomposed.
func SameText(a, b string) bool {
	return a == b || (!ASCII(a) || !ASCII(b)) && norm.NFC.String(a) == norm.NFC.String(b)
}

func inDomain(r rune) bool {
	switch r {
	case '.', '-', '。', '．', '｡':
		return true
	}
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r))
}

// maxDomain bounds what is taken for a domain: decoding Punycode takes time that
// grows with the square of its length.
const maxDomain = 1 << 10

// mapped are domains as people type them: UTS 46 without its transitional rules.
var mapped = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false))

// domain returns the Unicode form of a domain, in folded letters. What is no domain
// is only folded.
func domain(s string) string {
	name := strings.TrimRight(s, ".-。．｡")
	if len(name) > maxDomain || Plain(name) {
		return s
	}
	unicode, err := mapped.ToUnicode(name)
	if err != nil {
		return s
	}
	return Fold(unicode) + s[len(name):]
}

// Spellings returns the usual spellings of a name or an address, itself first: with
// composed and with decomposed letters, and with its domain in Unicode and in
// Punycode. Case is left. There are at most seven.
func Spellings(s string) []string {
	list := []string{s}
	if Plain(s) {
		return list
	}
	add := func(t string) {
		for _, known := range list {
			if known == t {
				return
			}
		}
		list = append(list, t)
	}
	variants := []string{s}
	if at := strings.LastIndexByte(s, '@'); at >= 0 && len(s)-at <= maxDomain {
		name := s[at+1:]
		if unicode, err := mapped.ToUnicode(name); err == nil {
			variants = append(variants, s[:at+1]+unicode)
		}
		if ascii, err := mapped.ToASCII(name); err == nil {
			variants = append(variants, s[:at+1]+ascii)
		}
	}
	for _, v := range variants {
		add(norm.NFC.String(v))
		add(norm.NFD.String(v))
	}
	return list
}

// SameName reports whether s is one of the [Spellings] of name, in any case.
func SameName(name, s string) bool {
	if strings.EqualFold(name, s) {
		return true
	}
	if Plain(name) {
		return false
	}
	for _, spelling := range Spellings(name) {
		if strings.EqualFold(spelling, s) {
			return true
		}
	}
	return false
}
