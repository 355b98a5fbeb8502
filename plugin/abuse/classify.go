package abuse

import (
	"math/bits"
	"strings"
	"sync/atomic"
)

// classifier says for which rules a request counts.
type classifier struct {
	*words
	own []OwnRule
	// on are the rules that are not off.
	on    uint64
	cache agentCache
}

// seen is what one look at a request found.
type seen struct {
	// rules is the set of rules for which it counts.
	rules uint64
	// tool says that the user agent is that of a scanner or library, crawler
	// which search engine it claims to be, -1 for none.
	tool    bool
	crawler int
}

const (
	absent403404 = 1<<adminInterface | 1<<cve | 1<<technology
	// everyday are the rules for which what everybody does counts.
	everyday = 1<<crawl | 1<<switchingAgent | 1<<rateRule
	// passwords are the rules that guess from the status that a password was
	// wrong, atForm those where that is at one path.
	passwords = atForm | 1<<basicAuth
	atForm    = 1<<wordpressLogin | 1<<wordpressXMLRPC | 1<<post401 | 1<<post403
)

// look classifies a request; agent is a hash of its user agent.
func (c *classifier) look(r *Request, agent uint64) seen {
	s := scratches.Get().(*scratch)
	found := c.agentOf(s, r.UserAgent, agent)
	text, query := s.uri(r.Path, r.Query)
	hits := c.uri.in(text, query)
	scratches.Put(s)

	if r.Status != 403 && r.Status != 404 {
		hits &^= absent403404
	}
	if found.tool {
		hits |= 1 << badAgent
	}
	static := c.isStatic(r.Path)
	hits |= c.answered(r, static) | shaped(r)
	if (r.Method == "GET" || r.Method == "HEAD") && !static {
		hits |= 1 << crawl
	}
	hits |= 1 << switchingAgent
	for i := range c.own {
		if c.own[i].matches(r) {
			hits |= 1 << (ownRules + i)
		}
	}
	found.rules = hits & c.on
	return found
}

// agentCache remembers what user agents are, as most requests have the same
// few. An entry is the agent's hash, and in the lowest bits the result.
type agentCache [1024]atomic.Uint64

const (
	agentTool    = 1 << 5
	agentCrawler = agentTool - 1 // its number plus one
	agentResult  = agentTool | agentCrawler
)

// agentOf says what a user agent is.
func (c *classifier) agentOf(s *scratch, agent string, hash uint64) seen {
	entry := &c.cache[hash>>54]
	known := entry.Load()
	if known&^agentResult != hash&^agentResult || known == 0 {
		known = hash&^agentResult | c.lookAtAgent(s, agent)
		entry.Store(known)
	}
	return seen{tool: known&agentTool != 0, crawler: int(known&agentCrawler) - 1}
}

func (c *classifier) lookAtAgent(s *scratch, agent string) (result uint64) {
	text := s.agent(agent)
	hits := c.agent.in(text, len(text))
	if hits&1 != 0 {
		result = agentTool
	}
	if engines := hits &^ 1; engines != 0 {
		result |= uint64(bits.TrailingZeros64(engines))
	}
	return result
}

// answered are the rules that go by how a request was answered.
func (c *classifier) answered(r *Request, static bool) (hits uint64) {
	post := r.Method == "POST"
	switch r.Status {
	case 400, 403, 404:
		if !static {
			hits |= 1 << probing
		}
		if r.Status != 400 && wordpressFile(r.Path) {
			hits |= 1 << wordpressScan
		}
		if r.Status == 403 && post {
			hits |= 1 << post403
		}
	case 401:
		if post {
			hits |= 1 << post401
		}
		if r.AuthFailed {
			hits |= 1 << basicAuth
		}
	case 200:
		if post && hasSuffixFold(r.Path, "/wp-login.php") {
			hits |= 1 << wordpressLogin
		}
	}
	if (r.Status == 400 || r.Status == 405) && (r.Method == "CONNECT" || r.Absolute || isAbsolute(r.Path)) {
		hits |= 1 << openProxy
	}
	if post && hasSuffixFold(r.Path, "/xmlrpc.php") {
		hits |= 1 << wordpressXMLRPC
	}
	return hits
}

// shaped are the rules that go by the form of a request alone.
func shaped(r *Request) (hits uint64) {
	if isDigits(r.Query) && len(r.Query) >= 7 && len(r.Query) <= 12 {
		hits |= 1 << bypassCache
	}
	name := fileName(r.Path)
	if len(name) == 6 && isLetters(name) {
		hits |= 1 << randomURI
	}
	if strings.Contains(r.Query, "author=") && isParameter(r.Query, "author=") {
		hits |= 1 << wordpressUserEnum
	}
	if containsFold(name, "wp-config.php") {
		hits |= 1 << wordpressConfig
	}
	if invalidVersion(r.Proto) {
		hits |= 1 << httpVersion
	}
	return hits
}

func invalidVersion(proto string) bool {
	version, ok := strings.CutPrefix(proto, "HTTP/")
	if !ok {
		return false // not known, or no HTTP at all
	}
	switch version {
	case "0.9", "1.0", "1.1", "2", "2.0", "3", "3.0":
		return false
	}
	return true
}

// wordpressFile reports whether a path is one of WordPress's scripts, or the
// readme of a plugin or theme, by which scanners learn what is installed.
func wordpressFile(path string) bool {
	name := fileName(path)
	if hasSuffixFold(name, ".php") {
		return hasPrefixFold(name, "wp-") || containsFold(path, "/wp-content/") || containsFold(path, "/wp-admin/") || containsFold(path, "/wp-includes/")
	}
	return hasPrefixFold(name, "readme.") && (containsFold(path, "/wp-content/plugins/") || containsFold(path, "/wp-content/themes/"))
}

// isParameter reports whether a query has a parameter of that name.
func isParameter(query, name string) bool {
	return strings.HasPrefix(query, name) || strings.Contains(query, "&"+name)
}

func isAbsolute(target string) bool {
	return hasPrefixFold(target, "http://") || hasPrefixFold(target, "https://")
}

// isStatic reports whether a path ends like a static asset.
func (c *classifier) isStatic(path string) bool {
	name := fileName(path)
	dot := strings.LastIndexByte(name, '.')
	if dot < 0 || len(name)-dot > 16 {
		return false
	}
	var lower [16]byte
	n := 0
	for ; dot+n < len(name); n++ {
		lower[n] = plain[name[dot+n]]
	}
	return c.static[string(lower[:n])]
}

func fileName(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

func isLetters(s string) bool {
	for i := range len(s) {
		if c := s[i] | 0x20; c < 'a' || c > 'z' {
			return false
		}
	}
	return s != ""
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

func hasSuffixFold(s, suffix string) bool {
	return len(s) >= len(suffix) && strings.EqualFold(s[len(s)-len(suffix):], suffix)
}

func containsFold(s, part string) bool {
	for i := 0; i+len(part) <= len(s); i++ {
		if s[i]|0x20 == part[0]|0x20 && strings.EqualFold(s[i:i+len(part)], part) {
			return true
		}
	}
	return false
}
