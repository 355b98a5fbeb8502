package corpus

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
)

const (
	host  = "booking.example.com"
	pages = 4000
)

// thing is a resource with a path. Its size does not change.
type thing struct {
	path string
	size int64
}

// page is a thing with what a browser fetches beside it.
type page struct {
	thing
	assets []thing
}

// site has the resources. Some are requested much more often than others.
type site struct {
	pages  []page
	rank   *rand.Zipf
	words  []string
	search *rand.Zipf
}

func newSite(rng *rand.Rand) *site {
	s := &site{rank: rand.NewZipf(rng, 1.2, 5, pages-1), search: rand.NewZipf(rng, 1.1, 8, 1999)}
	for range 2000 {
		s.words = append(s.words, word(rng))
	}
	var shared []thing
	for i := range 24 {
		kind := []string{"css", "js", "woff2", "svg"}[i%4]
		shared = append(shared, thing{fmt.Sprintf("/assets/%s-%08x.%s", s.words[i], rng.Uint32(), kind), size(rng, 9, 1)})
	}
	for i := range pages {
		p := page{thing: thing{s.pagePath(rng, i), size(rng, 9.5, 0.6)}}
		for range 4 + rng.IntN(5) {
			p.assets = append(p.assets, shared[rng.IntN(len(shared))])
		}
		for j := range rng.IntN(6) {
			p.assets = append(p.assets, thing{fmt.Sprintf("/media/%d/%s-%d.jpg", 1000+i, s.words[rng.IntN(300)], j), size(rng, 10.5, 0.9)})
		}
		s.pages = append(s.pages, p)
	}
	// Rarely asked for, and not in a row: ranks are not alphabetical.
	s.pages[pages/8].path = "/buildings/north/" + Needle
	return s
}

func (s *site) pagePath(rng *rand.Rand, i int) string {
	switch {
	case i == 0:
		return "/"
	case i%5 == 1:
		return fmt.Sprintf("/desks/%d", i)
	case i%5 == 2:
		return fmt.Sprintf("/news/%d/%02d/%s-%s-%s", 2020+rng.IntN(7), 1+rng.IntN(12), s.words[rng.IntN(2000)], s.words[rng.IntN(2000)], s.words[rng.IntN(2000)])
	case i%5 == 3:
		return "/rooms/" + s.words[rng.IntN(200)] + "/" + s.words[rng.IntN(2000)]
	}
	return "/help/" + s.words[rng.IntN(2000)]
}

// size is drawn from a log-normal distribution, whose median is e^mu.
func size(rng *rand.Rand, mu, sigma float64) int64 {
	return int64(math.Exp(mu + sigma*rng.NormFloat64()))
}

func word(rng *rand.Rand) string {
	const consonants, vowels = "bdfghklmnprstvwz", "aeiou"
	var b strings.Builder
	for range 2 + rng.IntN(3) {
		b.WriteByte(consonants[rng.IntN(len(consonants))])
		b.WriteByte(vowels[rng.IntN(len(vowels))])
	}
	return b.String()
}
