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
	exploit
	codeInjection
	subnetProbing
	loginRate
	ownRules // the number of the first own rule
)

// maxRules is the number of rules in a bit set.
const maxRules = 64

// MaxOwnRules is the number of rules that a configuration may add.
const MaxOwnRules = maxRules - ownRules

const second = time.Second

// builtin are the built-in rules. Names are those of CrowdSec's hub where it has such
// a rule, so that they can be compared. docs/detection.md says where and why the
// numbers differ.
var builtin = [ownRules]Rule{
	exploit:           {Name: "http-exploit", Class: Proof, Mute: time.Minute, Action: Block},
	sqli:              {Name: "http-sqli-probing", Class: Injection, Capacity: 3, Leak: 10 * second, SlowCapacity: 6, SlowLeak: time.Hour, Mute: 5 * time.Minute, Action: Block},
	xss:               {Name: "http-xss-probing", Class: Injection, Capacity: 3, Leak: 10 * second, SlowCapacity: 6, SlowLeak: time.Hour, Mute: 5 * time.Minute, Action: Block},
	codeInjection:     {Name: "http-code-injection-probing", Class: Injection, Capacity: 3, Leak: 10 * second, SlowCapacity: 5, SlowLeak: time.Hour, Mute: 5 * time.Minute, Action: Block},
	pathTraversal:     {Name: "http-path-traversal-probing", Class: Injection, Capacity: 3, Leak: 10 * second, SlowCapacity: 5, SlowLeak: time.Hour, Mute: 5 * time.Minute, Action: Block},
	sensitiveFiles:    {Name: "http-sensitive-files", Class: Secret, Capacity: 4, Leak: 5 * second, SlowCapacity: 4, SlowLeak: time.Hour, Mute: 5 * time.Minute, Action: Block},
	wordpressConfig:   {Name: "http-wordpress_wpconfig", Class: Secret, Capacity: 5, Leak: 10 * second, SlowCapacity: 5, SlowLeak: time.Hour, Mute: 5 * time.Minute, Action: Block},
	backdoors:         {Name: "http-backdoors-attempts", Class: Product, Capacity: 1, Leak: 5 * second, SlowCapacity: 3, SlowLeak: time.Hour, Mute: 5 * time.Minute, Action: Block},
	adminInterface:    {Name: "http-admin-interface-probing", Class: Product, Capacity: 2, Leak: 10 * second, SlowCapacity: 4, SlowLeak: time.Hour, Mute: time.Minute, Action: Block},
	cve:               {Name: "http-cve-probing", Class: Product, Capacity: 1, Leak: 10 * second, SlowCapacity: 3, SlowLeak: time.Hour, Mute: time.Minute, Action: Block},
	wordpressScan:     {Name: "http-wordpress-scan", Class: Product, Capacity: 3, Leak: 10 * second, SlowCapacity: 5, SlowLeak: time.Hour, Mute: 5 * time.Minute, Action: Block},
	wordpressUserEnum: {Name: "http-wordpress_user-enum", Class: Product, Capacity: 5, Leak: 10 * second, SlowCapacity: 8, SlowLeak: time.Hour, Mute: 5 * time.Minute, Action: Block},
	openProxy:         {Name: "http-open-proxy", Class: Product, Mute: 2 * time.Minute, Action: Block},
	technology:        {Name: "http-technology-probing", Class: Product, Mute: time.Minute, Action: Observe},
	probing:           {Name: "http-probing", Class: Miss, Capacity: 10, Leak: 10 * second, SlowCapacity: 15, SlowLeak: 10 * time.Minute, Mute: 5 * time.Minute, Action: Throttle, SharedFactor: 1.3},
	subnetProbing:     {Name: "subnet-probing", Class: Miss, Capacity: 100, Leak: 30 * second, Mute: 15 * time.Minute, Action: Throttle},
	basicAuth:         {Name: "http-generic-bf", Class: Guess, Capacity: 5, Leak: 10 * second, SlowCapacity: 10, SlowLeak: 2 * time.Hour, Mute: time.Minute, Action: Throttle, SharedFactor: 5},
	post401:           {Name: "http-generic-401-bf", Class: Guess, Capacity: 5, Leak: 10 * second, SlowCapacity: 10, SlowLeak: 2 * time.Hour, Mute: time.Minute, Action: Throttle, SharedFactor: 5},
	post403:           {Name: "http-generic-403-bf", Class: Guess, Capacity: 5, Leak: 10 * second, SlowCapacity: 15, SlowLeak: 30 * time.Minute, Mute: time.Minute, Action: Throttle, SharedFactor: 5},
	wordpressLogin:    {Name: "http-bf-wordpress_bf", Class: Guess, Capacity: 5, Leak: 10 * second, SlowCapacity: 10, SlowLeak: 2 * time.Hour, Mute: 5 * time.Minute, Action: Throttle, SharedFactor: 5},
	wordpressXMLRPC:   {Name: "http-bf-wordpress_bf_xmlrpc", Class: Guess, Capacity: 20, Leak: 10 * second, SlowCapacity: 60, SlowLeak: 30 * second, Mute: 5 * time.Minute, Action: Throttle},
	loginRate:         {Name: "login-rate", Class: Guess, Capacity: 12, Leak: 10 * second, SlowCapacity: 30, SlowLeak: 10 * time.Minute, Mute: time.Minute, Action: Throttle, SharedFactor: 5},
	loginBF:           {Name: "login-bf", Class: Guess, Capacity: 5, Leak: 20 * second, Mute: time.Minute, Action: Throttle},
	loginSlowBF:       {Name: "login-slow-bf", Class: Guess, Capacity: 10, Leak: 144 * time.Minute, Mute: time.Hour, Action: Throttle},
	loginUserEnum:     {Name: "login-user-enum", Class: Guess, Capacity: 5, Leak: time.Minute, SlowCapacity: 8, SlowLeak: 3 * time.Hour, Mute: 5 * time.Minute, Action: Block},
	loginSpraying:     {Name: "login-spraying", Class: Guess, Capacity: 10, Leak: 6 * time.Minute, Mute: time.Hour, Action: Observe},
	loginDistributed:  {Name: "login-distributed", Class: Guess, Capacity: 5, Leak: 6 * time.Minute, Mute: time.Hour, Action: Observe},
	loginTakeover:     {Name: "login-takeover", Class: Guess, Capacity: 5, Leak: 12 * time.Minute, Action: Observe},
	rateRule:          {Name: "rate", Class: Volume, Mute: time.Minute, Action: Throttle, SharedFactor: 10},
	crawl:             {Name: "http-crawl-non_statics", Class: Volume, Distinct: FileName, Capacity: 40, Leak: second / 2, Mute: time.Minute, Action: Observe, SharedFactor: 5},
	switchingAgent:    {Name: "http-dos-switching-ua", Class: Volume, Distinct: UserAgent, Capacity: 10, Leak: 8 * second, Mute: 2 * time.Minute, Action: Observe},
	bypassCache:       {Name: "http-dos-bypass-cache", Class: Volume, Distinct: Query, Capacity: 30, Leak: second, Mute: time.Minute, Action: Observe},
	randomURI:         {Name: "http-dos-random-uri", Class: Volume, Distinct: Path, Capacity: 30, Leak: second, Mute: 2 * time.Minute, Action: Observe},
	httpVersion:       {Name: "http-dos-invalid-http-versions", Class: Volume, Mute: 2 * time.Minute, Action: Observe},
	badAgent:          {Name: "http-bad-user-agent", Class: Volume, Capacity: 1, Leak: time.Minute, Mute: 2 * time.Minute, Action: Observe},
	spoofedCrawler:    {Name: "spoofed-crawler", Class: Volume, Action: Observe},
	instanceFlood:     {Name: "instance-flood", Class: Volume, Action: Throttle},
}

// Sets of rules.
const (
	// ordinary are rules for which ordinary requests count.
	ordinary = 1<<crawl | 1<<switchingAgent | 1<<rateRule
	// atForm are rules that take the status of an answer for a wrong password at one
	// path, passwords those and the one for all paths.
	atForm    = 1<<wordpressLogin | 1<<wordpressXMLRPC | 1<<post401 | 1<<post403 | 1<<loginRate
	passwords = atForm | 1<<basicAuth
)

// builtinNamed returns the built-in rule with this name; ok is false if there is none.
func builtinNamed(name string) (r Rule, ok bool) {
	for _, r := range builtin {
		if r.Name == name {
			return r, true
		}
	}
	return Rule{}, false
}

// Numbers returns the capacity and the leak of a built-in rule.
func Numbers(rule string) (capacity int, leak time.Duration) {
	r, _ := builtinNamed(rule)
	return r.Capacity, r.Leak
}

// SlowNumbers returns the capacity and the leak of a built-in rule's slow bucket, 0
// if it has none.
func SlowNumbers(rule string) (capacity int, leak time.Duration) {
	r, _ := builtinNamed(rule)
	return r.SlowCapacity, r.SlowLeak
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
	r, ok := builtinNamed(rule)
	return r.Action, ok
}

// UnknownRule returns the error for the name of a rule that does not exist.
func UnknownRule(name string) error {
	return fmt.Errorf("rule %q is unknown; there are: %s", name, strings.Join(RuleNames(), ", "))
}
