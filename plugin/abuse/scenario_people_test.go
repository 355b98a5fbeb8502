package abuse_test

import (
	"fmt"
	"testing"
	"time"
)

// What a device or a script at an address does holds up nobody else there.
func TestNeighboursPass(t *testing.T) {
	for name, test := range map[string]func(s *scenario, i int){
		"an expired token": func(s *scenario, _ int) {
			s.do("device", home, sent{method: "POST", path: "/api/events", status: 401, agent: "App/1 okhttp/4.9", token: true})
		},
		"an expired session": func(s *scenario, _ int) {
			s.do("device", home, sent{method: "POST", path: "/api/events", status: 401, agent: "App/1 okhttp/4.9"})
		},
		"an old password": func(s *scenario, i int) {
			for k := range 8 {
				s.do("device", home, sent{method: "PROPFIND", path: fmt.Sprintf("/dav/anna/cal%d/", k), status: 401, credential: 77, agent: "iOS/17.4 dataaccessd/1.0"})
			}
			s.now = s.now.Add(15 * time.Minute)
		},
		"a script that waits for results": func(s *scenario, i int) {
			s.do("device", home, sent{path: "/jobs/" + letters(i) + "/result", status: 404, agent: "python-requests/2.31"})
		},
		"a script with an old password": func(s *scenario, _ int) {
			s.do("device", home, sent{path: "/api/x", status: 401, credential: 77, agent: "python-requests/2.31"})
		},
	} {
		s := newScenario(t)
		for i := range 400 {
			test(s, i)
			s.do("neighbour", home, sent{path: fmt.Sprint("/page", i%8)})
			s.now = s.now.Add(30 * time.Second)
		}
		if n := s.pass["neighbour"]; n != 400 {
			t.Errorf("%s: %d of 400 requests of a neighbour pass", name, n)
		}
	}
}

// Requests of people and programs that look like attacks, and are none, all pass.
func TestOrdinaryScenarios(t *testing.T) {
	const device = "Fitness/3.1 CFNetwork/1490 Darwin/23.2.0"
	for name, test := range map[string]func(s *scenario, i int){
		"an expired token": func(s *scenario, _ int) {
			s.do("all", home, sent{method: "POST", path: "/api/events", status: 401, token: true})
		},
		"an old password of a phone": func(s *scenario, i int) {
			if i%8 == 0 {
				s.now = s.now.Add(15 * time.Minute)
			}
			s.do("all", home, sent{method: "PROPFIND", path: fmt.Sprintf("/dav/anna/cal%d/", i%8), status: 401, credential: 77})
		},
		"sessions that an app creates": func(s *scenario, _ int) {
			s.do("all", home, sent{method: "POST", path: "/api/sessions", status: 201, agent: device})
		},
		"heartbeats": func(s *scenario, _ int) {
			s.do("all", home, sent{method: "POST", path: "/rest/session", agent: device})
		},
		"tokens of many people": func(s *scenario, i int) {
			s.do("all", home, sent{method: "POST", path: "/api/authenticate", agent: fmt.Sprint(device, i%50)})
		},
		"visitors of a moved site behind a carrier": func(s *scenario, i int) {
			if i >= 60 {
				return
			}
			agent := fmt.Sprintf("Mozilla/5.0 (iPhone; CPU iPhone OS 17_%d like Mac OS X)", i)
			s.do("all", home, sent{path: "/old-" + letters(i), status: 404, agent: agent})
			for k := range 3 {
				s.do("all", home, sent{path: fmt.Sprint("/new-", letters(k)), agent: agent})
			}
			s.now = s.now.Add(30 * time.Second)
		},
	} {
		s := newScenario(t)
		for i := range 240 {
			test(s, i)
			s.now = s.now.Add(5 * time.Second)
		}
		if s.pass["all"] != s.asked["all"] {
			t.Errorf("%s: %d of %d requests pass", name, s.pass["all"], s.asked["all"])
		}
	}
}

// Programs that ask for no assets earn good standing, too: what they are answered
// becomes known.
func TestAPIWithoutAssetsIsLearned(t *testing.T) {
	s := newScenario(t)
	for h := range 30 {
		for p := range 8 {
			for i := range 20 {
				s.do("app", fmt.Sprintf("82.%d.1.7", p), sent{path: fmt.Sprint("/api/v1/items/", i), agent: "Fitness/3.1 CFNetwork/1490 Darwin/23.2.0"})
				s.now = s.now.Add(5 * time.Second)
			}
		}
		s.now = start.Add(time.Duration(h+1) * time.Hour)
	}
	if items, n := s.Learned(0, "", 10); n == 0 || !s.Mature(s.now) {
		t.Errorf("mature: %v, learned: %v", s.Mature(s.now), items)
	}
}
