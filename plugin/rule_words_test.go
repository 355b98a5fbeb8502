package plugin

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

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

var (
	ruleLine = regexp.MustCompile(`\{Name: "([^"]+)".*\}`)
	slowPart = regexp.MustCompile(`SlowCapacity: (\d+), SlowLeak: (?:(\d+) \* )?(?:time\.)?(Hour|Minute|Second|second),`)
)

// The slow buckets are not exported, so they are read in the source of the table.
func TestPagesKnowTheSlowBuckets(t *testing.T) {
	source, err := os.ReadFile("abuse/rule_builtin.go")
	if err != nil {
		t.Fatal(err)
	}
	units := map[string]time.Duration{"Hour": time.Hour, "Minute": time.Minute, "Second": time.Second, "second": time.Second}
	rules := ruleLine.FindAllSubmatch(source, -1)
	if len(rules) != len(abuse.RuleNames()) {
		t.Fatalf("the table has %d rules, and %d lines of it can be read", len(abuse.RuleNames()), len(rules))
	}
	slow := 0
	for _, rule := range rules {
		name, capacity, leak := string(rule[1]), 0, time.Duration(0)
		if m := slowPart.FindSubmatch(rule[0]); m != nil {
			slow++
			capacity, _ = strconv.Atoi(string(m[1]))
			leak = units[string(m[3])]
			if len(m[2]) > 0 {
				n, _ := strconv.Atoi(string(m[2]))
				leak *= time.Duration(n)
			}
		}
		if c, l := security.SlowRuleNumbers(name); c != capacity || l != leak {
			t.Errorf("%s: the pages tell of %d and %s, and it is %d and %s", name, c, l, capacity, leak)
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
