package useragent

import (
	"slices"
	"strings"
)

// refine returns the name of the product that an agent adds to those of its
// engine, such as "GTmetrix" behind Safari/537.36 or a crawler's name before a
// "+http", instead of the engine's name: no browser of a person has such a
// product, and an application around an engine is not the engine's browser. It
// returns the name as it is if there is none, and no name if the agent only
// says that it is no browser.
func refine(browser, agent string) string {
	family := familyOf(browser)
	engine := slices.Contains(engines, family)
	switch {
	case family == "Android" && !strings.HasPrefix(agent, "Mozilla/"):
		engine = false // the name of the system, in an application
	case strings.Contains(agent, "CFNetwork"):
		engine = false // Safari, where it fetches what is not part of a page
	}
	if !engine && !(slices.Contains(browsers, family) && strings.Contains(agent, "+http")) {
		return browser
	}
	if !strings.Contains(agent, " ") {
		agent = strings.ReplaceAll(agent, "+", " ") // as logs of IIS have it
	}
	p := products{engine: family}
	p.read(agent)
	for _, name := range []string{p.versioned, p.word, p.comment, p.site} {
		if name != "" {
			return name
		}
	}
	if p.contact {
		return ""
	}
	return browser
}

// familyOf returns a name without its version.
func familyOf(name string) string {
	if i := strings.LastIndexByte(name, ' '); i >= 0 && name[i+1:] != "" && isDigit(name[i+1]) {
		return name[:i]
	}
	return name
}

// products are what an agent has beside the grammar of its engine: the first of
// each kind.
type products struct {
	engine string

	versioned string // Name/1.2, with the words before it
	word      string // Name, or Name/text
	comment   string // what a comment names
	site      string // the host of a URL
	contact   bool   // there is a URL or a mail address

	words   []string // the words before the token that is read
	release bool     // a comment that follows is about a release
	engines bool     // the last engine's name has been read
}

// read goes through the tokens of an agent: comments in parentheses or brackets,
// and between them words, of which those with a slash have a version.
func (p *products) read(agent string) {
	for agent != "" {
		switch c := agent[0]; c {
		case ' ', ';', ',', ')', ']', '"', '\'':
			agent = agent[1:]
		case '(', '[':
			p.endWords()
			text, rest := cutComment(agent)
			p.readComment(text)
			agent = rest
		default:
			end := strings.IndexAny(agent, " ([;,)]\"'")
			if end < 0 {
				end = len(agent)
			}
			p.readToken(agent[:end])
			if agent = agent[end:]; agent != "" && agent[0] != ' ' {
				p.endWords()
			}
		}
	}
	p.endWords()
}

// cutComment splits an agent behind the comment that it begins with. A comment
// that does not end is the rest of the agent.
func cutComment(agent string) (text, rest string) {
	depth := 0
	for i := range len(agent) {
		switch agent[i] {
		case '(', '[':
			depth++
		case ')', ']':
			if depth--; depth == 0 {
				return agent[1:i], agent[i+1:]
			}
		}
	}
	return agent[1:], ""
}

func (p *products) readToken(token string) {
	if p.readContact(token) {
		return
	}
	name, version, slash := strings.Cut(token, "/")
	var room [maxName]byte // so that nothing is allocated
	lower := appendLower(room[:0], name)
	p.release = releases[string(lower)]
	if p.release || grammar[string(lower)] || !isWord(name) {
		p.endWords()
		p.engines = p.engines || last[string(lower)]
		return
	}
	if p.engine == "Electron" && !p.engines {
		return // the application, which the library calls Electron
	}
	version = strings.TrimPrefix(version, "v")
	switch {
	case !slash:
		p.words = append(p.words, name)
	case version != "" && isDigit(version[0]):
		p.words = append(p.words, name)
		set(&p.versioned, withVersion(strings.Join(p.words, " "), version))
		p.words = nil
	default:
		p.endWords()
		set(&p.word, clean(name))
	}
}

// appendLower appends a name in lower case, as far as its letters are ASCII.
func appendLower(to []byte, name string) []byte {
	for i := range min(len(name), maxName) {
		c := name[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		to = append(to, c)
	}
	return to
}

// endWords takes the words that no version followed as a name.
func (p *products) endWords() {
	if len(p.words) > 0 {
		set(&p.word, clean(strings.Join(p.words[:min(len(p.words), 4)], " ")))
	}
	p.words = nil
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

// set sets a text that is not set yet.
func set(to *string, text string) {
	if *to == "" {
		*to = text
	}
}
