package useragent

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/ua-parser/uap-go/uaparser"

	"github.com/gatebook/gatebook/internal/testrun"
)

func TestParse(t *testing.T) {
	p := unhurried()
	for _, c := range []struct{ agent, browser, os string }{
		{"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox 145", "Windows 10"},
		{"Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox 145", "Ubuntu"},
		{"Mozilla/5.0 (Windows NT 6.3; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/109.0.0.0 Safari/537.36", "Chrome 109", "Windows 8.1"},
		{"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/132.0.0.0 Safari/537.36", "Chrome 132", "Linux"},
		{"Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/132.0.0.0 Mobile Safari/537.36", "Chrome Mobile 132", "Android 14"},
		{"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0", "Edge 131", "Windows 10"},
		{"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15", "Safari 17.5", "Mac OS X 10.15"},
		{"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1", "Mobile Safari 17.5", "iOS 17.5"},
		{"curl/8.5.0", "curl 8.5", ""},
		{"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "Googlebot 2.1", ""},
		{"python-requests/2.31.0", "Python Requests 2.31", ""},
		{"", "", ""},
		{"-", "", ""},
		{"something else", "", ""},
	} {
		for _, round := range []string{"parsed", "cached"} {
			if browser, os := p.Parse(c.agent); browser != c.browser || os != c.os {
				t.Errorf("%s: Parse(%q) = %q, %q, want %q, %q", round, c.agent, browser, os, c.browser, c.os)
			}
		}
	}
}

// Every tool of the generated log has a name, and most browsers.
func TestNamesOfAGeneratedLog(t *testing.T) {
	checkNamed(t, readLog())
}

// checkNamed fails where too many agents of a log have no name. Those without
// one are feed readers and agents made by hand.
func checkNamed(t *testing.T, agents []string) {
	t.Helper()
	p := unhurried()
	named := 0
	for _, agent := range agents {
		if browser, _ := p.Parse(agent); browser != "" {
			named++
		}
	}
	if share := float64(named) / float64(len(agents)); share < 0.92 {
		t.Errorf("only %.1f %% of %d agents got a name", 100*share, len(agents))
	}
}

// plain is the library's own answer, without needs.
func plain(library *uaparser.Parser, agent string) names {
	b, os := library.ParseUserAgent(agent), library.ParseOs(agent)
	return names{join(b.Family, b.Major, b.Minor), join(os.Family, os.Major, os.Minor)}
}

func newLibrary(tb testing.TB) *uaparser.Parser {
	library, err := uaparser.New(uaparser.WithCacheSize(1))
	if err != nil {
		tb.Fatal(err)
	}
	return library
}

func TestNeedsChangeNoName(t *testing.T) {
	agents := readLog()
	for _, agent := range readLog() {
		agents = append(agents, strings.ToUpper(agent), strings.ToLower(agent))
	}
	checkNeeds(t, agents)
}

// checkNeeds compares names with the library's own. Its loop takes a
// millisecond, or ten with the race detector: some of the agents must do.
func checkNeeds(t *testing.T, agents []string) {
	t.Helper()
	library := newLibrary(t)
	step := testrun.Rounds(25, 1)
	for i := testrun.Rand(t).IntN(step); i < len(agents); i += step {
		agent := agents[i]
		if got, want := compiled().identify(agent), plain(library, agent); got != want {
			t.Errorf("identify(%q) = %q, the library says %q", agent, got, want)
		}
	}
}

func TestFold(t *testing.T) {
	for _, same := range []string{"sSſ", "kK\u212a", "µμΜ", "ßẞ", "åÅ\u212b", "\u0434Д"} {
		first, size := utf8.DecodeRuneInString(same)
		for _, r := range same[size:] {
			if fold(string(r)) != fold(string(first)) {
				t.Errorf("%q and %q fold apart, but are equal to a regex", first, r)
			}
		}
	}
	if fold("a") == fold("b") {
		t.Error("a and b fold together")
	}
}

func TestHostileAgents(t *testing.T) {
	p := unhurried()
	for _, agent := range []string{
		strings.Repeat("a", 100_000),
		strings.Repeat("\xff", 100_000),
		strings.Repeat("é", 50_000),
		strings.Repeat("(", 10_000),
		"Mozilla/5.0 " + strings.Repeat("Firefox/1 ", 10_000),
		"Firefox/" + strings.Repeat("9", 100_000),
		"\x00\x01\x02",
		"\x1b[31m\u202ered/1 CFNetwork/1",
		strings.Repeat("A", 190) + "/1 CFNetwork/1",
		strings.Repeat("é", 95) + "/1 CFNetwork/1",
		strings.Repeat("\x07", 60) + "é\xff" + strings.Repeat("\u202e", 10) + "/1 CFNetwork/1",
	} {
		browser, os := p.Parse(agent)
		checkNames(t, browser, os)
	}
	if browser, _ := p.Parse("\x1b[31m\u202ered/1 CFNetwork/1"); browser != "[31mred 1" {
		t.Errorf("a name from the header is %q", browser)
	}
}

func checkNames(t *testing.T, all ...string) {
	t.Helper()
	for _, name := range all {
		if len(name) > maxName || !utf8.ValidString(name) || clean(name) != name {
			t.Errorf("name %q is too long or does not print", name)
		}
	}
}

func TestOnlyTheStartCounts(t *testing.T) {
	p := unhurried()
	p.Parse("curl/8.5.0 " + strings.Repeat("a", maxAgent))
	p.Parse("curl/8.5.0 " + strings.Repeat("a", 10*maxAgent))
	if got := p.known.Len(); got != 1 {
		t.Errorf("two agents with the same first %d bytes take %d entries", maxAgent, got)
	}
	if browser, _ := p.Parse(strings.Repeat("a", maxAgent) + " curl/8.5.0"); browser != "" {
		t.Errorf("what stands behind %d bytes is named %q", maxAgent, browser)
	}
}

func TestCacheIsBoundedAndKeepsWhatIsUsed(t *testing.T) {
	p := unhurried()
	const used = "curl/8.5.0"
	p.Parse(used)
	p.Parse(used)
	for i := range 3 * cacheSize {
		p.Parse(fmt.Sprintf("wget%d", i))
		if p.known.Len() > cacheSize {
			t.Fatalf("%d agents are cached", p.known.Len())
		}
	}
	p.now = func() time.Time { panic("an agent in use was pushed out of the cache") }
	if browser, _ := p.Parse(used); browser != "curl 8.5" {
		t.Errorf("cached name is %q", browser)
	}
}

// A parse that takes 10 ms may happen 20 times a second: a fifth of a core.
func TestBudget(t *testing.T) {
	const cost = 10 * time.Millisecond
	p := New()
	clock := time.Unix(1, 0)
	agents := 0
	named := func(tries int) (n int) {
		for range tries {
			// The first reading is the start, the second the end of a parse.
			readings := 0
			p.now = func() time.Time {
				if readings++; readings == 2 {
					clock = clock.Add(cost)
				}
				return clock
			}
			agents++
			if browser, _ := p.Parse(fmt.Sprintf("curl/8.5.%d", agents)); browser == "curl 8.5" {
				n++
			}
		}
		return n
	}
	start := clock
	first := named(1000)
	spent := time.Duration(first) * cost
	if limit := burst + time.Duration(share*float64(clock.Sub(start))) + cost; spent < burst || spent > limit {
		t.Errorf("an attack got %v of parsing at once, want %v to %v", spent, burst, limit)
	}
	if p.known.Len() != first {
		t.Errorf("%d names are cached, but %d were given: an unnamed agent must be asked again", p.known.Len(), first)
	}
	for range 10 {
		clock = clock.Add(time.Second - 20*cost)
		if n := named(1000); n < 15 || n > 25 {
			t.Errorf("%d parses of %v in a second, want some 20", n, cost)
		}
	}
	named(1000)
	if browser, _ := p.Parse("curl/8.5.1"); browser != "curl 8.5" {
		t.Error("an agent known before has no name while the budget is used up")
	}
}

// Who imports a log waits for every name, and takes none from those who visit.
func TestNameHasNoBudget(t *testing.T) {
	p := New()
	clock := time.Unix(1, 0)
	p.now = func() time.Time {
		clock = clock.Add(10 * time.Millisecond)
		return clock
	}
	for i := range 1000 {
		if browser, _ := p.Name(fmt.Sprintf("curl/8.5.%d", i)); browser != "curl 8.5" {
			t.Fatalf("agent %d has the name %q", i, browser)
		}
	}
	if browser, _ := p.Parse("curl/9.5.0"); browser == "" {
		t.Error("naming without a budget used it up")
	}
}

func TestConcurrentUse(t *testing.T) {
	p := unhurried()
	done := make(chan string)
	for range 4 {
		go func() {
			browser := ""
			for i := range 200 {
				browser, _ = p.Parse(fmt.Sprintf("curl/%d.5.0", i%10))
			}
			done <- browser
		}()
	}
	for range 4 {
		if browser := <-done; browser != "curl 9.5" {
			t.Errorf("named %q", browser)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, agent := range readLog()[:30] {
		f.Add(agent)
	}
	f.Add("\u212aindle/3.0")
	f.Add("Fire\xff\xfefox/1.0")
	f.Add("\x1b[31m/1 CFNetwork")
	library := newLibrary(f)
	p := unhurried()
	f.Fuzz(func(t *testing.T, agent string) {
		browser, os := p.Parse(agent)
		checkNames(t, browser, os)
		agent = agent[:min(len(agent), maxAgent)]
		want := plain(library, agent)
		want = names{refine(want.browser, agent), fixDarwin(want.os, agent)}
		if got := (names{browser, os}); got != want {
			t.Errorf("Parse(%q) = %q, the library says %q", agent, got, want)
		}
	})
}
