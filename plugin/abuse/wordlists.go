package abuse

import (
	_ "embed"
	"io"
	"strings"
	"sync"

	"github.com/gatebook/gatebook/plugin/abuse/crawler"
	"github.com/gatebook/gatebook/plugin/abuse/intent"
	"github.com/gatebook/gatebook/plugin/abuse/pattern"
)

// ReadPatterns reads a list for Config.Patterns; see [pattern.Read].
func ReadPatterns(r io.Reader) ([]string, error) { return pattern.Read(r) }

//go:embed words/http-bad-user-agent.txt
var badAgents string

// kinds are the rules with lists that can be added to, besides that for user agents.
var kinds = map[string]intent.Kind{
	builtin[sensitiveFiles].Name: intent.Secret, builtin[pathTraversal].Name: intent.Traversal, builtin[xss].Name: intent.Script,
	builtin[sqli].Name: intent.SQL, builtin[backdoors].Name: intent.Backdoor, builtin[adminInterface].Name: intent.AdminInterface,
	builtin[cve].Name: intent.CVE, builtin[technology].Name: intent.Technology,
}

// HasPatterns reports whether a rule has a list that can be added to.
func HasPatterns(rule string) bool {
	_, ok := kinds[rule]
	return ok || rule == builtin[badAgent].Name
}

// Lists without further patterns are compiled once in a process.
var (
	builtinIntent = sync.OnceValue(func() *intent.Classifier { return intent.New(nil) })
	builtinAgents = sync.OnceValue(func() *pattern.Matcher { return compileAgents(nil) })
)

// compile makes the classifier know the lists, with further patterns by rule.
func (c *classifier) compile(more map[string][]string) {
	c.intent, c.agent = builtinIntent(), builtinAgents()
	if agents := more[builtin[badAgent].Name]; len(agents) > 0 {
		c.agent = compileAgents(agents)
	}
	byKind := map[intent.Kind][]string{}
	for rule, kind := range kinds {
		if len(more[rule]) > 0 {
			byKind[kind] = more[rule]
		}
	}
	if len(byKind) > 0 {
		c.intent = intent.New(byKind)
	}
}

// compileAgents compiles the list of tools and that of search engines.
func compileAgents(more []string) *pattern.Matcher {
	words, err := pattern.Read(strings.NewReader(badAgents))
	if err != nil {
		panic(err) // it is embedded
	}
	var agents []pattern.Pattern
	for _, text := range append(words, more...) {
		agents = append(agents, pattern.Pattern{Text: pattern.Anchored(text, false), Bit: 1, In: pattern.InPath})
	}
	for i, c := range crawler.All() {
		agents = append(agents, pattern.Pattern{Text: pattern.Anchored(c.Name, false), Bit: 2 << i, In: pattern.InPath})
	}
	return pattern.NewMatcher(agents)
}
