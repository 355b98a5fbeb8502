package abuse

import (
	"math/bits"
	"strings"
	"sync/atomic"

	"github.com/gatebook/gatebook/plugin/abuse/intent"
	"github.com/gatebook/gatebook/plugin/abuse/pattern"
)

// classifier finds out what a request asks for, and what its user agent is.
type classifier struct {
	intent *intent.Classifier
	agent  *pattern.Matcher
	own    []OwnRule
	cache  agentCache
	clean  cleanCache
}

// cleanCache has hashes of requests that ask for nothing suspicious: most requests
// ask for the same as others did.
type cleanCache [4096]atomic.Uint64

func (c *classifier) isClean(hash uint64) bool { return c.clean[hash>>52].Load() == hash }

func (c *classifier) setClean(hash uint64) { c.clean[hash>>52].Store(hash) }

// classification is what a user agent is.
type classification struct {
	// tool means that it is that of a scanner or a library.
	tool bool
	// crawler is the index of the search engine that it claims to be, -1 for none.
	crawler int
}

// agentCache caches the classification of user agents. An entry is the hash of a
// user agent, with the result in its lowest bits.
type agentCache [1024]atomic.Uint64

const (
	agentTool    = 1 << 5
	agentCrawler = agentTool - 1 // its number plus one
	agentResult  = agentTool | agentCrawler
)

// userAgent classifies a user agent.
func (c *classifier) userAgent(agent string, hash uint64) classification {
	entry := &c.cache[hash>>54]
	known := entry.Load()
	if known&^agentResult != hash&^agentResult || known == 0 {
		known = hash&^agentResult | c.findUserAgent(agent)
		entry.Store(known)
	}
	return classification{tool: known&agentTool != 0, crawler: int(known&agentCrawler) - 1}
}

func (c *classifier) findUserAgent(agent string) (result uint64) {
	n := pattern.NewNormalizer()
	defer n.Release()
	text := n.UserAgent(agent)
	found := c.agent.Find(text, len(text))
	if found&1 != 0 {
		result = agentTool
	}
	if engines := found &^ 1; engines != 0 {
		result |= uint64(bits.TrailingZeros64(engines))
	}
	return result
}

func invalidVersion(proto string) bool {
	version, ok := strings.CutPrefix(proto, "HTTP/")
	if !ok {
		return false // unknown, or not HTTP
	}
	switch version {
	case "0.9", "1.0", "1.1", "2", "2.0", "3", "3.0":
		return false
	}
	return true
}

// wordpressFile reports whether a path is one of WordPress's scripts, or the readme
// of a plugin or theme, from which scanners read the installed version.
func wordpressFile(path string) bool {
	name := fileName(path)
	if hasSuffixFold(name, ".php") {
		return hasPrefixFold(name, "wp-") || containsFold(path, "/wp-content/") || containsFold(path, "/wp-admin/") || containsFold(path, "/wp-includes/")
	}
	return hasPrefixFold(name, "readme.") && (containsFold(path, "/wp-content/plugins/") || containsFold(path, "/wp-content/themes/"))
}

// asksForAuthor reports whether a query asks WordPress for an author by number, which
// shows login names. Its front page answers that, and no other.
func asksForAuthor(path, query string) bool {
	if path != "/" && !hasSuffixFold(path, "/index.php") {
		return false
	}
	for query != "" {
		var pair string
		pair, query, _ = strings.Cut(query, "&")
		if number, ok := strings.CutPrefix(pair, "author="); ok && isDigits(number) {
			return true
		}
	}
	return false
}

// isHTTPURL reports whether the path in a log is a whole URL, as a proxy is asked.
func isHTTPURL(target string) bool {
	return hasPrefixFold(target, "http://") || hasPrefixFold(target, "https://")
}

// fileName returns the last segment of a path.
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
