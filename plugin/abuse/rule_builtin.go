package abuse

import (
	"fmt"
	"strings"
	"time"
)

// The numbers of the built-in rules. Own rules follow.
const (
	probing = iota
	crawl
	badAgent
	sensitiveFiles
	pathTraversal
	xss
	sqli
	backdoors
	adminInterface
	cve
	technology
	openProxy
	wordpressScan
	wordpressUserEnum
	wordpressConfig
	wordpressLogin
	wordpressXMLRPC
	basicAuth
	post401
	post403
	bypassCache
	randomURI
	httpVersion
	switchingAgent
	rateRule
	loginBF
	loginSlowBF
	loginUserEnum
	loginSpraying
	loginDistributed
	loginTakeover
	spoofedCrawler
	instanceFlood
	ownRules // the number of the first own rule
)

// maxRules is the number of rules in a bit set.
const maxRules = 64

// MaxOwnRules is the number of rules that a configuration may add.
const MaxOwnRules = maxRules - ownRules

const second = time.Second

// builtin are the built-in rules. Names and numbers are those of CrowdSec's hub, so
// that they can be compared; SharedFactor is the project's own.
var builtin = [ownRules]Rule{
	probing:           {Name: "http-probing", Distinct: PathQuery, Capacity: 10, Leak: 10 * second, Mute: 5 * time.Minute, Action: Throttle, SharedFactor: 1.3},
	crawl:             {Name: "http-crawl-non_statics", Distinct: FileName, Capacity: 40, Leak: second / 2, Mute: time.Minute, Action: Observe, SharedFactor: 5},
	badAgent:          {Name: "http-bad-user-agent", Capacity: 1, Leak: time.Minute, Mute: 2 * time.Minute, Action: Observe},
	sensitiveFiles:    {Name: "http-sensitive-files", Distinct: Path, Capacity: 4, Leak: 5 * second, Mute: 5 * time.Minute, Action: Block},
	pathTraversal:     {Name: "http-path-traversal-probing", Distinct: PathQuery, Capacity: 3, Leak: 10 * second, Mute: 2 * time.Minute, Action: Block},
	xss:               {Name: "http-xss-probing", Distinct: Query, Capacity: 5, Leak: second, Mute: 5 * time.Minute, Action: Block},
	sqli:              {Name: "http-sqli-probing", Distinct: Query, Capacity: 10, Leak: second, Mute: 5 * time.Minute, Action: Block},
	backdoors:         {Name: "http-backdoors-attempts", Distinct: FileName, Capacity: 1, Leak: 5 * second, Mute: 5 * time.Minute, Action: Block},
	adminInterface:    {Name: "http-admin-interface-probing", Distinct: Path, Capacity: 2, Leak: 10 * second, Mute: time.Minute, Action: Block},
	cve:               {Name: "http-cve-probing", Mute: time.Minute, Action: Block},
	technology:        {Name: "http-technology-probing", Mute: time.Minute, Action: Observe},
	openProxy:         {Name: "http-open-proxy", Mute: 2 * time.Minute, Action: Block},
	wordpressScan:     {Name: "http-wordpress-scan", Distinct: Path, Capacity: 3, Leak: 10 * second, Mute: 5 * time.Minute, Action: Block},
	wordpressUserEnum: {Name: "http-wordpress_user-enum", Distinct: Query, Capacity: 5, Leak: 10 * second, Mute: 5 * time.Minute, Action: Block},
	wordpressConfig:   {Name: "http-wordpress_wpconfig", Distinct: FileName, Capacity: 5, Leak: 10 * second, Mute: 5 * time.Minute, Action: Block},
	wordpressLogin:    {Name: "http-bf-wordpress_bf", Capacity: 5, Leak: 10 * second, Mute: 5 * time.Minute, Action: Throttle, SharedFactor: 5},
	wordpressXMLRPC:   {Name: "http-bf-wordpress_bf_xmlrpc", Capacity: 5, Leak: 2 * time.Minute, Mute: 5 * time.Minute, Action: Throttle},
	basicAuth:         {Name: "http-generic-bf", Capacity: 5, Leak: 10 * second, Mute: time.Minute, Action: Throttle, SharedFactor: 5},
	post401:           {Name: "http-generic-401-bf", Capacity: 5, Leak: 10 * second, Mute: time.Minute, Action: Throttle, SharedFactor: 5},
	post403:           {Name: "http-generic-403-bf", Capacity: 5, Leak: 10 * second, Mute: time.Minute, Action: Throttle, SharedFactor: 5},
	bypassCache:       {Name: "http-dos-bypass-cache", Distinct: Query, Capacity: 30, Leak: second, Mute: time.Minute, Action: Throttle},
	randomURI:         {Name: "http-dos-random-uri", Distinct: Path, Capacity: 30, Leak: second, Mute: 2 * time.Minute, Action: Throttle},
	httpVersion:       {Name: "http-dos-invalid-http-versions", Mute: 2 * time.Minute, Action: Observe},
	switchingAgent:    {Name: "http-dos-switching-ua", Distinct: UserAgent, Capacity: 10, Leak: 8 * second, Mute: 2 * time.Minute, Action: Observe},
	rateRule:          {Name: "rate", Mute: time.Minute, Action: Throttle, SharedFactor: 10},
	loginBF:           {Name: "login-bf", Capacity: 5, Leak: 20 * second, Mute: time.Minute, Action: Throttle},
	loginSlowBF:       {Name: "login-slow-bf", Capacity: 5, Leak: 12 * time.Minute, Mute: time.Hour, Action: Throttle},
	loginUserEnum:     {Name: "login-user-enum", Capacity: 5, Leak: time.Minute, Mute: 5 * time.Minute, Action: Block},
	loginSpraying:     {Name: "login-spraying", Capacity: 10, Leak: 6 * time.Minute, Mute: time.Hour, Action: Observe},
	loginDistributed:  {Name: "login-distributed", Capacity: 5, Leak: 6 * time.Minute, Mute: time.Hour, Action: Observe},
	loginTakeover:     {Name: "login-takeover", Capacity: 5, Leak: 12 * time.Minute, Action: Observe},
	spoofedCrawler:    {Name: "spoofed-crawler", Action: Observe},
	instanceFlood:     {Name: "instance-flood", Action: Observe},
}

// Sets of rules.
const (
	// only403404 are rules that count only for requests answered with 403 or 404.
	only403404 = 1<<adminInterface | 1<<cve | 1<<technology
	// ordinary are rules for which ordinary requests count.
	ordinary = 1<<crawl | 1<<switchingAgent | 1<<rateRule
	// atForm are rules that take the status of an answer for a wrong password at one
	// path, passwords those and the one for all paths.
	atForm    = 1<<wordpressLogin | 1<<wordpressXMLRPC | 1<<post401 | 1<<post403
	passwords = atForm | 1<<basicAuth
)

// Numbers returns the capacity and the leak of a built-in rule.
func Numbers(rule string) (capacity int, leak time.Duration) {
	for _, r := range builtin {
		if r.Name == rule {
			return r.Capacity, r.Leak
		}
	}
	return 0, 0
}

// RuleNames returns the names of the built-in rules.
func RuleNames() []string {
	names := make([]string, len(builtin))
	for i := range builtin {
		names[i] = builtin[i].Name
	}
	return names
}

// DefaultAction returns the action of a built-in rule that is not configured.
func DefaultAction(rule string) (Action, bool) {
	for i := range builtin {
		if builtin[i].Name == rule {
			return builtin[i].Action, true
		}
	}
	return Off, false
}

// UnknownRule returns the error for the name of a rule that does not exist.
func UnknownRule(name string) error {
	return fmt.Errorf("rule %q is unknown; there are: %s", name, strings.Join(RuleNames(), ", "))
}
