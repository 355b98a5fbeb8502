package useragent

import (
	"fmt"
	"strings"
	"testing"
)

func BenchmarkCached(b *testing.B) {
	p := unhurried()
	agents := readLog()
	for _, agent := range agents {
		p.Parse(agent)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		p.Parse(agents[i%len(agents)])
	}
}

func BenchmarkUncached(b *testing.B) {
	agents := readLog()
	rules := compiled()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		rules.name(agents[i%len(agents)])
	}
}

// BenchmarkHostile meets the needs of many costly patterns and matches none.
func BenchmarkHostile(b *testing.B) {
	agent := strings.Repeat("CFNetwork iPhone Android Series60 Nokia Mobile Safari MSIE Gecko bot ", 10)[:maxAgent]
	rules := compiled()
	b.ReportAllocs()
	for b.Loop() {
		rules.name(agent)
	}
}

// BenchmarkAttack sends a new agent each time, with the real clock: most get
// no name, and the time per agent is what an attack costs.
func BenchmarkAttack(b *testing.B) {
	p := New()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		p.Parse(fmt.Sprintf("Mozilla/5.0 (X%d; Linux) CFNetwork bot", i))
	}
}
