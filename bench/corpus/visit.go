package corpus

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/gatebook/gatebook/record"
)

// visit is what one visitor does in a row. ask fills in the next request and
// says how many seconds later the one after it comes.
type visit struct {
	who  Visitor
	at   float64
	left int
	ask  func(l *Log, r *record.Request) (pause float64)
}

func (v *visit) done() bool { return v.left <= 0 }

func (v *visit) step(l *Log, r *record.Request) {
	*r = record.Request{
		IP: v.who.Addr, UserAgent: v.who.Agent, Country: v.who.Country, ASN: v.who.ASN, ASOrg: v.who.ASOrg,
		Method: "GET", Host: host, Proto: "HTTP/2.0", Status: 200,
	}
	v.left--
	pause := v.ask(l, r)
	r.Duration = duration(l.rng, r)
	v.at += pause
}

// duration depends on what has to be done, more than on how much is sent.
func duration(rng *rand.Rand, r *record.Request) time.Duration {
	micros := math.Exp(6 + 0.5*rng.NormFloat64())
	if r.Method == "POST" || r.Query != "" {
		micros = math.Exp(10.5 + 0.8*rng.NormFloat64())
	}
	return time.Duration(micros+float64(r.Bytes)/100) * time.Microsecond
}

func (l *Log) newVisit(at float64) *visit {
	who := l.population.visitor()
	switch n := l.rng.IntN(1000); {
	case n < 4:
		return scan(l.rng, who, at)
	case n < 60:
		return crawl(l.rng, who, at)
	}
	return browse(l, who, at)
}

// browse looks at some pages, and fetches what a browser has not yet.
func browse(l *Log, who Visitor, at float64) *visit {
	b := &browsing{referer: l.referer()}
	v := &visit{who: who, at: at, left: 1, ask: nil}
	views := 1 + int(l.rng.ExpFloat64()*2.5)
	v.ask = func(l *Log, r *record.Request) float64 {
		if len(b.fetch) > 0 {
			return b.asset(l, v, r, views)
		}
		views--
		return b.page(l, v, r, views)
	}
	return v
}

type browsing struct {
	url, referer string
	fetch        []thing
	cached       map[string]bool
}

func (b *browsing) page(l *Log, v *visit, r *record.Request, views int) float64 {
	p := &l.site.pages[l.site.rank.Uint64()]
	r.Path, r.Bytes, r.Referer = p.path, p.size, b.referer
	switch n := l.rng.IntN(200); {
	case n < 16:
		r.Path, r.Query = "/search", "q="+l.site.words[l.site.search.Uint64()]
		r.Bytes = size(l.rng, 9, 0.4)
	case n < 26:
		r.Method, r.Path, r.Status, r.Bytes = "POST", "/api/bookings", 303, 0
		r.BytesIn = size(l.rng, 5.5, 0.5)
	case n < 29:
		r.Path, r.Status, r.Bytes = p.path+"/"+l.site.words[l.rng.IntN(2000)], 404, 1245
	case n < 30:
		r.Status, r.Bytes = 500, 512
	}
	b.url = "https://" + host + r.Path
	b.referer = b.url
	b.fetch = b.fetch[:0]
	if r.Status == 200 && r.Query == "" {
		b.fetch = b.missing(p.assets, l.rng)
	}
	if v.left = len(b.fetch) + views; len(b.fetch) > 0 {
		return 0.05 + l.rng.ExpFloat64()*0.1
	}
	return 2 + l.rng.ExpFloat64()*25
}

// missing are those of assets that the browser does not have.
func (b *browsing) missing(assets []thing, rng *rand.Rand) []thing {
	if b.cached == nil {
		b.cached = map[string]bool{}
	}
	for _, a := range assets {
		if !b.cached[a.path] || rng.IntN(12) == 0 {
			b.cached[a.path] = true
			b.fetch = append(b.fetch, a)
		}
	}
	return b.fetch
}

func (b *browsing) asset(l *Log, v *visit, r *record.Request, views int) float64 {
	a := b.fetch[0]
	b.fetch = b.fetch[1:]
	r.Path, r.Bytes, r.Referer = a.path, a.size, b.url
	if l.rng.IntN(9) == 0 {
		r.Status, r.Bytes = 304, 0
	}
	if v.left = len(b.fetch) + views; len(b.fetch) > 0 {
		return l.rng.ExpFloat64() * 0.02
	}
	return 2 + l.rng.ExpFloat64()*25
}

// referer is from where visitors come.
func (l *Log) referer() string {
	switch n := l.rng.IntN(10); {
	case n < 4:
		return ""
	case n < 8:
		return "https://www.google.com/"
	case n < 9:
		return "https://intranet.example.com/links/" + l.site.words[l.rng.IntN(40)]
	}
	return fmt.Sprintf("https://duckduckgo.com/?q=%s+%s", l.site.words[l.site.search.Uint64()], l.site.words[l.site.search.Uint64()])
}
