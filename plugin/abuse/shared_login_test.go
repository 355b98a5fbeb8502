package abuse_test

import (
	"fmt"
	"math/rand"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/gatebook/gatebook/internal/testrun"
	"github.com/gatebook/gatebook/plugin/abuse"
)

// guesser is a client at a shared address that guesses passwords, twice a second.
type guesser struct {
	name   string
	agent  func(i int) string
	cookie func(i int) uint64 // 0 for none
}

func always[T any](v T) func(int) T { return func(int) T { return v } }

// Many users behind one address log in within five minutes. One in ten mistypes the
// password first, a few of them more than once, and pages have a missing image. Only
// the client that guesses passwords is refused.
func TestOffice(t *testing.T) {
	first := int64(testrun.Rand(t).Uint32())
	for _, who := range []guesser{
		{"a tool", always("curl/8.5.0"), always(uint64(0))},
		{"their browser, with its cookie", always(browser), always(uint64(99_999))},
		{"ever new agents", func(i int) string { return fmt.Sprint("Mozilla/5.0 ", i) }, always(uint64(0))},
		{"ever new agents and cookies", func(i int) string { return fmt.Sprint("Mozilla/5.0 ", i) }, func(i int) uint64 { return uint64(100_000 + i) }},
	} {
		for _, o := range offices() {
			for seed := range int64(testrun.Rounds(1, 20)) {
				seed += first
				t.Run(fmt.Sprintf("%s, %+v, %d", who.name, o, seed), func(t *testing.T) {
					g := newGate(t, abuse.Config{})
					passed := morning(g, o, rand.New(rand.NewSource(seed)), &who)
					refused := g.refused["guesser"]
					delete(g.refused, "guesser")
					if n := len(g.refused); n > 0 {
						t.Errorf("%d of them are refused: %.500v", n, fmt.Sprint(g.rules))
					}
					if refused < 100 || passed > 60 {
						t.Errorf("the guesser passed %d times at first, and was refused %d times of 300", passed, refused)
					}
				})
			}
		}
	}
}

// workplace is an office behind one address: how many users, with how many kinds of
// browser, and whether the application's session cookie is configured.
type workplace struct {
	users, browsers int
	cookie          bool
}

func offices() (list []workplace) {
	for _, users := range []int{50, 200, 800} {
		for _, browsers := range []int{1, 16, 60, 200} {
			list = append(list, workplace{users, browsers, true}, workplace{users, browsers, false})
		}
	}
	return list
}

// step is something that happens at a time.
type step struct {
	at time.Duration
	do func(now time.Time)
}

var office = netip.MustParseAddr("203.0.113.50")

// morning returns how many guesses passed before the first was refused.
func morning(g *gate, of workplace, random *rand.Rand, who *guesser) (passed int) {
	var steps []step
	add := func(at time.Duration, do func(time.Time)) { steps = append(steps, step{at, do}) }
	for u := range of.users {
		name, session, agent := fmt.Sprintf("user %d", u), uint64(u+1), browser
		if kind := u * 7 % of.browsers; kind > 0 {
			agent = fmt.Sprintf("Mozilla/5.0 (X11; Linux x86_64; rv:%d.0) Gecko/20100101 Firefox/%d.0", kind, kind)
		}
		if !of.cookie {
			session = 0
		}
		at := time.Duration(random.Int63n(int64(5 * time.Minute)))
		page := func(at time.Duration, path string, status int, session uint64) {
			add(at, func(now time.Time) {
				r := visit(office, path)
				r.UserAgent, r.Status = agent, status
				g.ask(name, &abuse.Request{Request: r, Session: session}, now)
			})
		}
		page(at, "/login", 200, 0)
		for tries := 0; random.Intn(10) == 0 && tries < 3; tries++ {
			at += 3 * time.Second
			add(at, func(now time.Time) { g.login(name, office, agent, name, false, 0, now) })
		}
		at += 4 * time.Second
		add(at, func(now time.Time) { g.login(name, office, agent, name, true, session, now) })
		for i := range 40 {
			at += time.Duration(random.Int63n(int64(3 * time.Second)))
			status := 200
			if i%20 == 19 {
				status = 404
			}
			page(at, fmt.Sprintf("/desks/%d/%d", u, i), status, session)
		}
	}
	// The guesser begins when half of them are there.
	for i := range 300 {
		add(150*time.Second+time.Duration(i)*500*time.Millisecond, func(now time.Time) {
			if g.login("guesser", office, who.agent(i), fmt.Sprintf("user %d", i%7), false, who.cookie(i), now) && g.refused["guesser"] == 0 {
				passed++
			}
		})
	}
	slices.SortStableFunc(steps, func(a, b step) int { return int(a.at - b.at) })
	for _, s := range steps {
		s.do(start.Add(s.at))
	}
	return passed
}

// A guesser who uses the browser that everybody has, and is logged in, is held
// up by the session alone.
func TestAGuesserWithASession(t *testing.T) {
	g := newGate(t, abuse.Config{})
	now := start
	for u := range 6 {
		now = now.Add(10 * time.Second)
		g.login("colleague", office, browser, fmt.Sprintf("user %d", u), true, uint64(100+u), now)
	}
	guess := func() bool {
		r := visit(office, "/password")
		r.Method, r.Status = "POST", 422
		if !g.ask("guesser", &abuse.Request{Request: r, Session: 103}, now) {
			return false
		}
		g.Login(&abuse.LoginEvent{Addr: office, UserAgent: browser, Account: "boss", Path: "/password", Session: 103}, now)
		return true
	}
	for range 12 {
		now = now.Add(time.Second / 4)
		guess()
	}
	r := visit(office, "/password")
	r.Method = "POST"
	for u := range 6 {
		if u != 3 && !g.ask("colleague", &abuse.Request{Request: r, Session: uint64(100 + u)}, now) {
			t.Errorf("colleague %d is refused", u)
		}
	}
	if g.refused["guesser"] == 0 || g.refused["colleague"] > 0 {
		t.Errorf("refused: %v", g.refused)
	}
}
