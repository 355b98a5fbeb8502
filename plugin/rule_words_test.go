package plugin

import (
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
