package demo

import (
	"fmt"
	"strings"
	"time"
)

// colleaguesAddress is the one that all of a branch office share.
const colleaguesAddress = "203.0.113.200"

// colleagues are played by Visitors: all of them begin work at once, which is
// when a gate that counts wrong passwords for an address locks out an office.
var colleagues = func() (list []*user) {
	for i, name := range strings.Fields(`Aino Bea Cem Dag Eda Finn Gus Hedy Ilse Jan Kofi Lea Mats Nia Otto Pia Quinn Ravi
		Siri Timo Uma Vera Wim Xenia Yara Zeno Anke Boris Clara Dario Elin Femi Greta Hugo Iris Jonas`) {
		list = append(list, &user{
			ID: fmt.Sprintf("u_%d", 101+i), Name: name + " Branch", Email: strings.ToLower(name) + "@branch.example.com",
		})
	}
	return list
}()

// atBranch is what they do. They book nothing, so that desks are left for the
// reader.
var atBranch = []habit{
	{10, asMember((*visitor).lookAround)},
	{10, asMember((*visitor).lookAtDesk)},
	{4, asMember(visit("/bookings"))},
	{1, asMember(visit("/export.csv"))},
}

// newColleague comes a second after the one before, at the default rate.
func newColleague(t *traffic, i int, seed uint64) *visitor {
	v := newGuest(t, seed, visitorCount+1+i)
	v.user, v.habits = colleagues[i], atBranch
	v.address, v.agent = colleaguesAddress, agents[i*i%len(agents)]
	v.arrival = time.Duration(2+10*i) * t.mean
	v.pause = 400 * t.mean
	return v
}
