package abuse

import (
	"strings"
	"testing"

	"github.com/gatebook/gatebook/plugin/abuse/pattern"
)

// decoded returns a text as the matcher sees it, without the bytes at its ends.
func decoded(text string) string {
	n := pattern.NewNormalizer()
	defer n.Release()
	b, _ := n.URI(text, "")
	return string(b[1 : len(b)-1])
}

// Every list can be read, and every pattern in it can be found.
func TestLists(t *testing.T) {
	w := builtinLists()
	for _, l := range listed {
		for _, word := range wordList(builtin[l.rule].Name) {
			text := pattern.Anchored(word, true)
			if plain := decoded(word); plain != strings.ToLower(word) {
				t.Errorf("%s: %q is looked for in decoded texts: write %q", builtin[l.rule].Name, word, plain)
			}
			query := len(text)
			if l.in&pattern.InPath == 0 {
				query = -1
			}
			if w.uri.Find([]byte(text), query)>>l.rule&1 == 0 {
				t.Errorf("%s: %q is not found", builtin[l.rule].Name, word)
			}
		}
	}
	t.Logf("%d states for addresses, %d for agents", w.uri.States(), w.agent.States())
}
