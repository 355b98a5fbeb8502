package abuse

import (
	"math/bits"
	"strings"
	"sync/atomic"

	"github.com/gatebook/gatebook/plugin/abuse/pattern"
)

// classifier finds the rules that a request counts for.
type classifier struct {
	*wordLists
	own []OwnRule
	// enabled is the set of rules that are not off.
	enabled uint64
	cache   agentCache
}

// classification is the result of classifying a request.
type classification struct {
	// rules is the set of rules that it counts for.
	rules uint64
	// tool means that the user agent is that of a scanner or a library.
	tool bool
	// crawler is the index of the search engine that it claims to be, -1 for none.
	crawler int
}

// classify classifies a request; agent is the hash of its user agent.
func (c *classifier) classify(r *Request, agent uint64) classification {
	text := pattern.NewNormalizer()
	found := c.userAgent(text, r.UserAgent, agent)
	uri, query := text.URI(r.Path, r.Query)
	rules := c.uri.Find(uri, query)
	text.Release()

	if r.Status != 403 && r.Status != 404 {
		rules &^= only403404
	}
	if found.tool {
		rules |= 1 << badAgent
	}
	static := c.isStatic(r.Path)
	rules |= c.byAnswer(r, static) | byForm(r)
	if (r.Method == "GET" || r.Method == "HEAD") && !static {
		rules |= 1 << crawl
	}
	rules |= 1 << switchingAgent
	for i := range c.own {
		if c.own[i].matches(r) {
			rules |= 1 << (ownRules + i)
		}
	}
	found.rules = rules & c.enabled
	return found
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
func (c *classifier) userAgent(text *pattern.Normalizer, agent string, hash uint64) classification {
	entry := &c.cache[hash>>54]
	known := entry.Load()
	if known&^agentResult != hash&^agentResult || known == 0 {
		known = hash&^agentResult | c.findUserAgent(text, agent)
		entry.Store(known)
	}
	return classification{tool: known&agentTool != 0, crawler: int(known&agentCrawler) - 1}
}

func (c *classifier) findUserAgent(n *pattern.Normalizer, agent string) (result uint64) {
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

// byAnswer returns the rules that depend on the answer.
func (c *classifier) byAnswer(r *Request, static bool) (rules uint64) {
	post := r.Method == "POST"
	switch r.Status {
	case 400, 403, 404:
		if !static {
			rules |= 1 << probing
		}
		if r.Status != 400 && wordpressFile(r.Path) {
			rules |= 1 << wordpressScan
		}
		if r.Status == 403 && post {
			rules |= 1 << post403
		}
	case 401:
		if post {
			rules |= 1 << post401
		}
		if r.AuthFailed {
			rules |= 1 << basicAuth
		}
	case 200:
		if post && hasSuffixFold(r.Path, "/wp-login.php") {
			rules |= 1 << wordpressLogin
		}
	}
	if (r.Status == 400 || r.Status == 405) && (r.Method == "CONNECT" || r.Absolute || isHTTPURL(r.Path)) {
		rules |= 1 << openProxy
	}
	if post && hasSuffixFold(r.Path, "/xmlrpc.php") {
		rules |= 1 << wordpressXMLRPC
	}
	return rules
}

// byForm returns the rules that depend on the form of the request alone.
func byForm(r *Request) (rules uint64) {
	if isDigits(r.Query) && len(r.Query) >= 7 && len(r.Query) <= 12 {
		rules |= 1 << bypassCache
	}
	name := fileName(r.Path)
	if len(name) == 6 && isLetters(name) {
		rules |= 1 << randomURI
	}
	if strings.Contains(r.Query, "author=") && isParameter(r.Query, "author=") {
		rules |= 1 << wordpressUserEnum
	}
	if containsFold(name, "wp-config.php") {
		rules |= 1 << wordpressConfig
	}
	if invalidVersion(r.Proto) {
		rules |= 1 << httpVersion
	}
	return rules
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

// isParameter reports whether a query has a parameter with this name.
func isParameter(query, name string) bool {
	return strings.HasPrefix(query, name) || strings.Contains(query, "&"+name)
}

// isHTTPURL reports whether the path in a log is a whole URL, as a proxy is asked.
func isHTTPURL(target string) bool {
	return hasPrefixFold(target, "http://") || hasPrefixFold(target, "https://")
}

// isStatic reports whether a path has the extension of a static asset.
func (c *classifier) isStatic(path string) bool {
	name := fileName(path)
	dot := strings.LastIndexByte(name, '.')
	if dot < 0 || len(name)-dot > 16 {
		return false
	}
	var lower [16]byte
	n := 0
	for ; dot+n < len(name); n++ {
		lower[n] = pattern.Lower(name[dot+n])
	}
	return c.static[string(lower[:n])]
}
