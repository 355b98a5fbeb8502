package plugin

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/plugin/console/security"
)

// What the pages tell of a rule is what it does.
func TestPagesKnowTheRules(t *testing.T) {
	for _, rule := range abuse.RuleNames() {
		capacity, leak := abuse.Numbers(rule)
		if c, l, known := security.RuleNumbers(rule); !known || c != capacity || l != leak {
			t.Errorf("%s: the pages tell of %d and %s (known: %t), and it is %d and %s", rule, c, l, known, capacity, leak)
		}
	}
}

// The same for the slow buckets.
func TestPagesKnowTheSlowBuckets(t *testing.T) {
	slow := 0
	for _, rule := range abuse.RuleNames() {
		capacity, leak := abuse.SlowNumbers(rule)
		if capacity > 0 {
			slow++
		}
		if c, l := security.SlowRuleNumbers(rule); c != capacity || l != leak {
			t.Errorf("%s: the pages tell of %d and %s, and it is %d and %s", rule, c, l, capacity, leak)
		}
	}
	if slow == 0 {
		t.Error("no rule has a slow bucket")
	}
}

// The documentation has the number of rules that can be added, which shrinks with each
// built-in rule.
func TestDocumentedNumberOfOwnRules(t *testing.T) {
	text, err := os.ReadFile("../docs/directive.md")
	must(t, err)
	if want := fmt.Sprintf("`rule <name> { … }` | | see below; at most %d |", abuse.MaxOwnRules); !strings.Contains(string(text), want) {
		t.Errorf("docs/directive.md does not say %q", want)
	}
}
