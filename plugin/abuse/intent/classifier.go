package intent

import (
	"bytes"
	"strings"

	"github.com/gatebook/gatebook/plugin/abuse/pattern"
)

// Classifier finds what requests ask for. Its methods may be called concurrently.
type Classifier struct {
	places  *tree
	more    *pattern.Matcher
	further [Kinds][]further
}

// further is a pattern that a user added.
type further struct{ text, anchored string }

// partsOf says where further patterns of a kind are looked for. Kinds without an entry
// have none.
var partsOf = [Kinds]pattern.Part{
	SQL:            pattern.InQuery,
	Script:         pattern.InQuery,
	Traversal:      pattern.InPath | pattern.InQuery,
	Secret:         pattern.InPath,
	Backdoor:       pattern.InPath,
	AdminInterface: pattern.InPath,
	CVE:            pattern.InPath | pattern.InQuery,
	Technology:     pattern.InPath,
}

// New returns a classifier with the lists of this package, and with further patterns
// by kind, as [pattern.Read] returns them.
func New(more map[Kind][]string) *Classifier {
	c := &Classifier{places: builtin()}
	var patterns []pattern.Pattern
	for kind := range Kind(Kinds) {
		if partsOf[kind] == 0 {
			continue
		}
		for _, text := range more[kind] {
			anchored := pattern.Anchored(text, true)
			patterns = append(patterns, pattern.Pattern{Text: anchored, Bit: 1 << kind, In: partsOf[kind]})
			c.further[kind] = append(c.further[kind], further{text, anchored})
		}
	}
	if len(patterns) > 0 {
		c.more = pattern.NewMatcher(patterns)
	}
	return c
}

// findMore reports the users' patterns.
func (c *Classifier) findMore(f *finder) {
	text := pattern.NewNormalizer()
	defer text.Release()
	uri, query := text.URI(clip(f.target.Path, maxPath), clip(f.target.Query, maxQuery))
	kinds := c.more.Find(uri, query)
	for kind := Kind(0); kinds != 0; kind, kinds = kind+1, kinds>>1 {
		if kinds&1 == 0 {
			continue
		}
		for _, p := range c.further[kind] {
			if p.in(uri, query, partsOf[kind]) {
				f.report(Match{Kind: kind, What: p.text})
			}
		}
	}
}

// in reports whether a pattern ends in one of the parts, as the matcher counts.
func (p *further) in(uri []byte, query int, parts pattern.Part) bool {
	if parts&pattern.InPath != 0 && bytes.Contains(uri[:query+1], []byte(p.anchored)) {
		return true
	}
	if parts&pattern.InQuery == 0 {
		return false
	}
	from := max(0, query+1-(len(p.anchored)-1))
	return strings.Contains(string(uri[from:]), p.anchored)
}
