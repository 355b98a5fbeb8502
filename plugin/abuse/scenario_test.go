package abuse_test

import (
	"cmp"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/record"
)

// sent is a request of a scenario. What is empty is that of an ordinary one.
type sent struct {
	method, path, query, agent string
	status                     int
	credential, session        uint64
	subresource, token         bool
}

// scenario counts which requests pass a gate, by who sends them.
type scenario struct {
	*gate
	now         time.Time
	asked, pass map[string]int
}

func newScenario(t *testing.T) *scenario {
	return &scenario{gate: newGate(t, abuse.Config{}), now: start, asked: map[string]int{}, pass: map[string]int{}}
}

// do sends a request, and reports whether it passes.
func (s *scenario) do(who, ip string, q sent) bool {
	r := &record.Request{
		IP: netip.MustParseAddr(ip), Method: cmp.Or(q.method, "GET"), Path: q.path, Query: q.query, Status: max(q.status, 200), Proto: "HTTP/2.0",
		Host: "app.example.com", UserAgent: cmp.Or(q.agent, browser), Bytes: int64(1000 + len(q.path)*37), Duration: 5 * time.Millisecond,
	}
	s.asked[who]++
	passed := s.ask(who, &abuse.Request{
		Request: r, Session: q.session, Credential: q.credential, AuthFailed: q.credential != 0 && r.Status == 401, Subresource: q.subresource, Token: q.token,
	}, s.now)
	if passed {
		s.pass[who]++
	}
	return passed
}

func (s *scenario) login(ip, agent, account string, success bool) {
	s.Login(&abuse.LoginEvent{Addr: netip.MustParseAddr(ip), UserAgent: cmp.Or(agent, browser), Account: account, Success: success, Path: "/login"}, s.now)
}

// day has eight people use the application for a day, each for pages of their own too.
func (s *scenario) day(use func(ip string, i int)) {
	for h := 0; h < 20; h += 2 {
		s.now = start.Add(time.Duration(h) * time.Hour)
		for p := range 8 {
			ip := fmt.Sprintf("81.%d.1.7", p+10)
			s.login(ip, "", fmt.Sprint("person", p), true)
			for i := range 10 {
				s.do("day", ip, sent{path: "/home"})
				s.do("day", ip, sent{path: "/app.css"})
				if use != nil {
					use(ip, i)
				}
				s.now = s.now.Add(20 * time.Second)
			}
		}
	}
	s.now = start.Add(26 * time.Hour)
}

// letters is a name without digits.
func letters(i int) string {
	return string([]byte{'a' + byte(i%26), 'a' + byte(i/26%26), 'a' + byte(i/676)})
}

const (
	evil = "45.9.148.3"
	home = "91.64.1.1"
)
