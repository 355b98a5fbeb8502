package corpus

import (
	"fmt"
	"math/rand/v2"

	"github.com/gatebook/gatebook/record"
)

// crawl asks for pages only, patiently.
func crawl(rng *rand.Rand, who Visitor, at float64) *visit {
	who.Agent = robots[rng.IntN(len(robots))]
	return &visit{who: who, at: at, left: 1 + int(rng.ExpFloat64()*40), ask: func(l *Log, r *record.Request) float64 {
		p := &l.site.pages[l.rng.IntN(len(l.site.pages))]
		r.Path, r.Bytes, r.Proto = p.path, p.size, "HTTP/1.1"
		if l.rng.IntN(15) == 0 {
			r.Path, r.Bytes = "/robots.txt", 187
		}
		return 1 + l.rng.ExpFloat64()*4
	}}
}

// scan requests paths that do not exist.
func scan(rng *rand.Rand, who Visitor, at float64) *visit {
	who.Agent = scanners[rng.IntN(len(scanners))]
	return &visit{who: who, at: at, left: 30 + rng.IntN(400), ask: func(l *Log, r *record.Request) float64 {
		r.Path, r.Status, r.Bytes, r.Proto = weakness(l.rng), 404, 1245, "HTTP/1.1"
		if l.rng.IntN(30) == 0 {
			r.Query = fmt.Sprintf("id=%d%%27%%20OR%%201=1--", l.rng.IntN(1000))
		}
		return l.rng.ExpFloat64() * 0.3
	}}
}

// weakness is a place where careless servers have what scanners want.
func weakness(rng *rand.Rand) string {
	fixed := []string{"/wp-login.php", "/.env", "/.git/config", "/phpmyadmin/index.php", "/admin/", "/backup.zip", "/xmlrpc.php"}
	guessed := []string{"/wp-content/plugins/%s/readme.txt", "/cgi-bin/%s.sh", "/api/v1/%s", "/%s.php", "/old/%s.sql"}
	if rng.IntN(2) == 0 {
		return fixed[rng.IntN(len(fixed))]
	}
	return fmt.Sprintf(guessed[rng.IntN(len(guessed))], word(rng))
}

// burst is one visitor who takes a sixty-fourth of the whole log in an hour,
// as somebody does who copies a site.
type burst struct {
	from  int // seconds since start
	visit *visit
}

func newBurst(l *Log, n int) *burst {
	share := max(1, n/64)
	// In the middle of the log; before the second half of a short one.
	b := &burst{from: int(float64(n) / perSecond / 2)}
	who := l.population.nth(17)
	who.Agent = "Wget/1.21.3"
	pause := 3500 / float64(share)
	b.visit = &visit{who: who, at: float64(b.from), left: share, ask: func(l *Log, r *record.Request) float64 {
		p := &l.site.pages[l.rng.IntN(len(l.site.pages))]
		r.Path, r.Bytes, r.Proto = p.path, p.size, "HTTP/1.1"
		return pause
	}}
	return b
}

// Hostile makes every path and agent of r a new random text.
func Hostile(rng *rand.Rand, r *record.Request) {
	r.Path = "/" + noise(rng, 24)
	r.Query = ""
	r.UserAgent = "Mozilla/5.0 " + noise(rng, 40)
	r.Referer = ""
	r.IP = address(rng, rng.Uint32N(800))
}

func noise(rng *rand.Rand, n int) string {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
	b := make([]byte, n)
	for i := range b {
		b[i] = letters[rng.IntN(len(letters))]
	}
	return string(b)
}
