package useragent

import (
	"net/url"
	"strings"
)

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
