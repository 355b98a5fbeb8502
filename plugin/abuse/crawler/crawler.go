// Package crawler knows search engines: their names, their published address
// ranges, and which addresses claim to be one.
package crawler

import (
	_ "embed"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"github.com/gatebook/gatebook/plugin/abuse/ipset"
	"github.com/gatebook/gatebook/plugin/abuse/pattern"
)

// Crawler is a search engine.
type Crawler struct {
	// Name is the part of the user agent that names it, in lower case.
	Name string
	// Domains are those of its host names. The reverse name of a genuine address
	// is in one of them, and leads back to the address.
	Domains []string

	ranges ipset.Set
}

//go:embed crawlers.txt
var list string

// All returns the known search engines.
var All = sync.OnceValue(func() []Crawler {
	lines, err := pattern.Read(strings.NewReader(list))
	if err != nil {
		panic(err) // it is embedded
	}
	var all []Crawler
	ranges := map[string][]netip.Prefix{}
	for _, line := range lines {
		name, rest, _ := strings.Cut(line, ": ")
		if len(ranges[name]) == 0 {
			all = append(all, Crawler{Name: name})
		}
		c := &all[len(all)-1]
		for word := range strings.FieldsSeq(rest) {
			if p, err := netip.ParsePrefix(word); err == nil {
				ranges[name] = append(ranges[name], p)
			} else {
				c.Domains = append(c.Domains, word)
			}
		}
	}
	for i := range all {
		all[i].ranges = ipset.NewSet(ranges[all[i].Name])
	}
	return all
})

// Index returns the place of a search engine in [All], -1 if it is unknown.
func Index(name string) int {
	return slices.IndexFunc(All(), func(c Crawler) bool { return c.Name == name })
}

// Published reports whether an address is in a range that the engine published.
func (c *Crawler) Published(addr netip.Addr) bool { return c.ranges.Has(addr) }
