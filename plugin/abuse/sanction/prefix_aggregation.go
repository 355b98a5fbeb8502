package sanction

import (
	"github.com/gatebook/gatebook/plugin/abuse/bounded"
	"github.com/gatebook/gatebook/plugin/abuse/known"
)

// PrefixGroups aggregates IPv6 prefixes: for each /48, the /64 in it that were
// sanctioned.
type PrefixGroups map[uint64]*prefixGroup

// maxGroups bounds a [PrefixGroups].
const maxGroups = 512

// groupSize is the number of sanctioned /64 at which their /48 is sanctioned.
const groupSize = 3

type prefixGroup struct {
	narrow [groupSize]uint64
	last   int64
	done   bool
}

// Add adds a sanctioned /64 and reports whether its /48 is to be sanctioned now.
func (g PrefixGroups) Add(wide, narrow uint64, now int64) bool {
	group := g[wide]
	if group == nil || now-group.last > known.Lifetime {
		bounded.MakeRoom(g, maxGroups, func(g *prefixGroup) int64 { return g.last })
		group = new(prefixGroup)
		g[wide] = group
	}
	group.last = now
	for i, k := range group.narrow {
		if k == narrow {
			return false
		}
		if k == 0 {
			group.narrow[i] = narrow
			break
		}
	}
	if group.narrow[groupSize-1] == 0 || group.done {
		return false
	}
	group.done = true
	return true
}

// Remove removes a /64 from those of its /48.
func (g PrefixGroups) Remove(wide, narrow uint64) {
	group := g[wide]
	if group == nil {
		return
	}
	for i, k := range group.narrow {
		if k == narrow {
			copy(group.narrow[i:], group.narrow[i+1:])
			group.narrow[groupSize-1], group.done = 0, false
			return
		}
	}
}
