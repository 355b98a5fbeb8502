package abuse

import (
	"embed"
	"io"
	"sync"

	"github.com/gatebook/gatebook/plugin/abuse/crawler"
	"github.com/gatebook/gatebook/plugin/abuse/pattern"
)

// The word lists were written for this project, from public knowledge about
// scanners.
//
//go:embed words/*.txt
var wordFiles embed.FS

// wordList returns the patterns in words/<name>.txt.
func wordList(name string) []string {
	f, err := wordFiles.Open("words/" + name + ".txt")
	if err != nil {
		panic(err) // it is embedded
	}
	words, err := pattern.Read(f)
	if err != nil {
		panic(err)
	}
	return words
}

// ReadPatterns reads a list for Config.Patterns; see [pattern.Read].
func ReadPatterns(r io.Reader) ([]string, error) { return pattern.Read(r) }

// listed are the rules with patterns for path or query. The patterns for user agents
// have a matcher of their own.
var listed = []struct {
	rule int
	in   pattern.Part
}{
	{sensitiveFiles, pattern.InPath},
	{pathTraversal, pattern.InPath | pattern.InQuery},
	{xss, pattern.InQuery},
	{sqli, pattern.InQuery},
	{backdoors, pattern.InPath},
	{adminInterface, pattern.InPath},
	{cve, pattern.InPath | pattern.InQuery},
	{technology, pattern.InPath},
}

// HasPatterns reports whether a rule has a list that can be added to.
func HasPatterns(rule string) bool {
	if rule == builtin[badAgent].Name {
		return true
	}
	for _, l := range listed {
		if builtin[l.rule].Name == rule {
			return true
		}
	}
	return false
}

// wordLists are the compiled lists.
type wordLists struct {
	uri, agent *pattern.Matcher
	// static are the file name extensions of static assets.
	static map[string]bool
}

// builtinLists are the lists without further patterns. They are compiled once in a
// process, because they take some megabytes.
var builtinLists = sync.OnceValue(func() *wordLists { return compileLists(nil) })

// compileLists compiles the lists with further patterns, by rule.
func compileLists(more map[string][]string) *wordLists {
	w := &wordLists{static: map[string]bool{}}
	var uri, agent []pattern.Pattern
	for _, l := range listed {
		name := builtin[l.rule].Name
		for _, text := range append(wordList(name), more[name]...) {
			uri = append(uri, pattern.Pattern{Text: pattern.Anchored(text, true), Bit: 1 << l.rule, In: l.in})
		}
	}
	name := builtin[badAgent].Name
	for _, text := range append(wordList(name), more[name]...) {
		agent = append(agent, pattern.Pattern{Text: pattern.Anchored(text, false), Bit: 1, In: pattern.InPath})
	}
	for i, c := range crawler.All() {
		agent = append(agent, pattern.Pattern{Text: pattern.Anchored(c.Name, false), Bit: 2 << i, In: pattern.InPath})
	}
	for _, ending := range wordList("static") {
		w.static[ending] = true
	}
	w.uri, w.agent = pattern.NewMatcher(uri), pattern.NewMatcher(agent)
	return w
}
