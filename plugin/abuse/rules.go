package abuse

import (
	"fmt"
	"strings"
	"time"
)

// Action is what follows when a rule overflows.
type Action uint8

// The actions, the mildest first.
const (
	Off Action = iota
	Observe
	Throttle
	Block
)

var actionNames = [...]string{"off", "observe", "throttle", "block"}

func (a Action) String() string { return actionNames[a] }

// ParseAction reads an action's name.
func ParseAction(s string) (Action, error) {
	for i, name := range actionNames {
		if s == name {
			return Action(i), nil
		}
	}
	return Off, fmt.Errorf("action %q must be one of observe, throttle, block, off", s)
}

// Field is a part of a request of which a repeated value does not count again.
type Field uint8

// The fields.
const (
	Any       Field = iota // every request counts
	Path                   // the path
	PathQuery              // path and query
	Query                  // the query
	FileName               // the last segment of the path
	UserAgent              // the user agent
)

var fieldNames = [...]string{"any", "path", "path+query", "query", "file", "user_agent"}

// ParseField reads a field's name, as in `distinct path`.
func ParseField(s string) (Field, error) {
	for i, name := range fieldNames {
		if s == name {
			return Field(i), nil
		}
	}
	return Any, fmt.Errorf("distinct %q must be one of %s", s, strings.Join(fieldNames[1:], ", "))
}

// Rule is a bucket's shape: it overflows at Capacity+1 requests, and one leaks
// away every Leak.
type Rule struct {
	Name     string
	Capacity int
	Leak     time.Duration
	// Mute is how long the rule says nothing more of the same source.
	Mute     time.Duration
	Distinct Field
	Action   Action
	// Crowd is how much more a prefix may do than one of its identities, 0 for
	// rules that know no identities: what they count is nobody's habit.
	Crowd float64
}

// The rules by their place in a detector's list. Own rules follow.
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
	ownRules // the first of the configuration's
)

// maxRules is how many a bitset has.
const maxRules = 64

// MaxOwnRules is how many rules a configuration may add.
const MaxOwnRules = maxRules - ownRules

// maxCapacity bounds what an own rule can make a bucket remember.
const maxCapacity = 1000

const second = time.Second

// builtin has names and numbers from CrowdSec's hub, so that people can
// compare. Crowd is ours.
var builtin = [ownRules]Rule{
	probing:           {Name: "http-probing", Distinct: PathQuery, Capacity: 10, Leak: 10 * second, Mute: 5 * time.Minute, Action: Throttle, Crowd: 1.3},
	crawl:             {Name: "http-crawl-non_statics", Distinct: FileName, Capacity: 40, Leak: second / 2, Mute: time.Minute, Action: Observe, Crowd: 5},
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
	wordpressLogin:    {Name: "http-bf-wordpress_bf", Capacity: 5, Leak: 10 * second, Mute: 5 * time.Minute, Action: Throttle, Crowd: 5},
	wordpressXMLRPC:   {Name: "http-bf-wordpress_bf_xmlrpc", Capacity: 5, Leak: 2 * time.Minute, Mute: 5 * time.Minute, Action: Throttle},
	basicAuth:         {Name: "http-generic-bf", Capacity: 5, Leak: 10 * second, Mute: time.Minute, Action: Throttle, Crowd: 5},
	post401:           {Name: "http-generic-401-bf", Capacity: 5, Leak: 10 * second, Mute: time.Minute, Action: Throttle, Crowd: 5},
	post403:           {Name: "http-generic-403-bf", Capacity: 5, Leak: 10 * second, Mute: time.Minute, Action: Throttle, Crowd: 5},
	bypassCache:       {Name: "http-dos-bypass-cache", Distinct: Query, Capacity: 30, Leak: second, Mute: time.Minute, Action: Throttle},
	randomURI:         {Name: "http-dos-random-uri", Distinct: Path, Capacity: 30, Leak: second, Mute: 2 * time.Minute, Action: Throttle},
	httpVersion:       {Name: "http-dos-invalid-http-versions", Mute: 2 * time.Minute, Action: Observe},
	switchingAgent:    {Name: "http-dos-switching-ua", Distinct: UserAgent, Capacity: 10, Leak: 8 * second, Mute: 2 * time.Minute, Action: Observe},
	rateRule:          {Name: "rate", Mute: time.Minute, Action: Throttle, Crowd: 10},
	loginBF:           {Name: "login-bf", Capacity: 5, Leak: 20 * second, Mute: time.Minute, Action: Throttle},
	loginSlowBF:       {Name: "login-slow-bf", Capacity: 5, Leak: 12 * time.Minute, Mute: time.Hour, Action: Throttle},
	loginUserEnum:     {Name: "login-user-enum", Capacity: 5, Leak: time.Minute, Mute: 5 * time.Minute, Action: Block},
	loginSpraying:     {Name: "login-spraying", Capacity: 10, Leak: 6 * time.Minute, Mute: time.Hour, Action: Observe},
	loginDistributed:  {Name: "login-distributed", Capacity: 5, Leak: 6 * time.Minute, Mute: time.Hour, Action: Observe},
	loginTakeover:     {Name: "login-takeover", Capacity: 5, Leak: 12 * time.Minute, Action: Observe},
	spoofedCrawler:    {Name: "spoofed-crawler", Action: Observe},
	instanceFlood:     {Name: "instance-flood", Action: Observe},
}

// prefixOnly are the rules without Crowd: identities are not counted for them.
func (r *Rule) prefixOnly() bool { return r.Crowd == 0 }

// Numbers are the capacity and the leak that a rule ships with.
func Numbers(rule string) (capacity int, leak time.Duration) {
	for _, r := range builtin {
		if r.Name == rule {
			return r.Capacity, r.Leak
		}
	}
	return 0, 0
}

// RuleNames are the names of the built-in rules.
func RuleNames() []string {
	names := make([]string, len(builtin))
	for i := range builtin {
		names[i] = builtin[i].Name
	}
	return names
}

// DefaultAction is what a built-in rule does unless it is configured.
func DefaultAction(rule string) (Action, bool) {
	for i := range builtin {
		if builtin[i].Name == rule {
			return builtin[i].Action, true
		}
	}
	return Off, false
}
