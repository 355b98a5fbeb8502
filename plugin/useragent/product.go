package useragent

import (
	"net/url"
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

// readComment looks for a product in a comment: in one that says "compatible", as
// only Internet Explorer does among browsers; behind "KHTML, like Gecko"; in one
// behind the engine; and in any that has a URL or a mail address.
func (p *products) readComment(text string) {
	lower := strings.ToLower(text)
	contact := strings.Contains(lower, "+http") || p.engine != "IE" && (strings.Contains(lower, "http") || strings.Contains(lower, "www.")) || strings.Contains(text, "@")
	switch {
	case p.release:
		return
	case contact:
		p.contact = true
	case p.engine == "IE":
		return // each toolbar has a part of its own
	case strings.Contains(lower, "compatible") || strings.Contains(lower, "like gecko"):
	case p.engines && p.engine != "Firefox":
	default:
		return
	}
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ';' || r == ',' }) {
		part = strings.TrimSpace(part)
		if p.readContact(part) || isPlatform(part) || p.engine == "IE" && !strings.Contains(part, "@") && !strings.Contains(part, "+") {
			continue
		}
		name, rest, _ := strings.Cut(part, "/")
		if rest = strings.TrimPrefix(rest, "v"); rest != "" && isDigit(rest[0]) {
			set(&p.comment, withVersion(name, rest))
			continue
		}
		name, _, _ = strings.Cut(name, " - ")
		name, _, _ = strings.Cut(name, " +")
		name, _, _ = strings.Cut(name, "@")
		if isWord(name) {
			set(&p.comment, clean(name))
		}
	}
}

// readContact takes a URL, a host or a mail address, and reports whether the text
// is one.
func (p *products) readContact(text string) bool {
	text = strings.TrimPrefix(strings.TrimLeft(text, "+<"), "mailto:")
	if strings.ContainsAny(text, " ") {
		return false
	}
	lower := strings.ToLower(text)
	switch {
	case strings.HasPrefix(lower, "http:"), strings.HasPrefix(lower, "https:"):
		if u, err := url.Parse(text); err == nil {
			set(&p.site, clean(u.Hostname()))
		}
	case strings.HasPrefix(lower, "www."):
		host, _, _ := strings.Cut(text, "/")
		set(&p.site, clean(host))
	case strings.Contains(text, "@") && !strings.Contains(text, "/"):
	default:
		return false
	}
	p.contact = true
	return true
}

// platforms begin the parts of comments that tell the system or the engine.
var platforms = []string{
	"compatible", "khtml", "khmtl", "like gecko", "windows", "win64", "win32", "wow64", "x64", "x11", "linux", "macintosh", "intel mac", "ppc mac", "cros ",
	"android", "iphone", "ipad", "ipod", "cpu ", "u", "rv:", "arm", "build/", "mobile", "msie", "trident", ".net", "k",
}

// isPlatform reports whether a part of a comment tells the system or the engine.
// Of what stands in one comment with a URL or "compatible", the rest is a name.
func isPlatform(part string) bool {
	for _, p := range platforms {
		if strings.EqualFold(part, strings.TrimSpace(p)) {
			return true
		}
		if len(p) > 1 && len(part) > len(p) && strings.EqualFold(part[:len(p)], p) && !(isLetter(p[len(p)-1]) && isLetter(part[len(p)])) {
			return true
		}
	}
	// A language, such as en or en-US.
	return len(part) == 2 || len(part) == 5 && (part[2] == '-' || part[2] == '_')
}

// set sets a text that is not set yet.
func set(to *string, text string) {
	if *to == "" {
		*to = text
	}
}
