package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// agents are what visitors use; the first ones are browsers of people who log
// in. The bot is nobody's: a borrowed name would be taken for a spoofed one.
var agents = [...]string{
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
	"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15",
	"Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
	"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1",
	"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
}

const (
	curlAgent = "curl/8.16.0"
	botAgent  = "Mozilla/5.0 (compatible; ExampleBot/2.1; +https://bot.example.com/)"
)

// address is one of the ranges for documentation (RFC 5737, RFC 3849).
func address(i int) string {
	switch host := 10 + 7*i; i % 4 {
	case 0:
		return fmt.Sprintf("203.0.113.%d", host)
	case 1:
		return fmt.Sprintf("198.51.100.%d", host)
	case 2:
		return fmt.Sprintf("192.0.2.%d", host)
	default:
		return fmt.Sprintf("2001:db8:%x::%x", host, 0x100+i)
	}
}

// visitor is one of the visitors, with a cookie jar, an address, a browser and
// perhaps an account.
type visitor struct {
	*traffic
	rng     *rand.Rand
	jar     http.CookieJar
	address string
	agent   string
	habits  []habit
	user    *user         // nil for passers-by
	in      bool          // logged in
	arrival time.Duration // after the start
	pause   time.Duration // between two things that it does, on average
	// timeout limits the next request; 0 means no limit.
	timeout time.Duration
}

// newGuest has a browser and nothing else yet. What it does at random follows
// from seed and its number, which no other has.
func newGuest(t *traffic, seed uint64, number int) *visitor {
	jar, err := cookiejar.New(nil)
	if err != nil {
		panic(err) // it has no way to fail without options
	}
	return &visitor{traffic: t, rng: rand.New(rand.NewPCG(seed, uint64(number))), jar: jar}
}

// newVisitor gives the first visitors an account each.
func newVisitor(t *traffic, i int, seed uint64) *visitor {
	v := newGuest(t, seed, i)
	v.address, v.agent, v.habits = address(i), agents[i%len(agents)], passerBy
	v.arrival = 6 * time.Duration(i) * t.mean
	// Some come often and most do not, so that lists of the busiest have a
	// top. All in all they want less than half of what the rate allows: a page
	// and what belongs to it come close together, and others come too.
	v.pause = time.Duration(1+i%6) * t.mean * visitorCount * 8 / 5
	staff := users[shownUsers:]
	switch {
	case i < len(staff):
		v.user, v.habits = staff[i], member
		if v.user.Admin {
			v.habits = administrator
		}
	case i == visitorCount-1:
		v.agent, v.habits = botAgent, crawler
	case i == visitorCount-2:
		v.agent, v.habits = curlAgent, script
	}
	return v
}

// stay does one thing after the other until there are no more turns. Members
// come first, so that the application log begins at once.
func (v *visitor) stay(ctx context.Context) {
	if !v.sleep(ctx, v.arrival) {
		return
	}
	for {
		err := v.choose()(v, ctx)
		pause := time.Duration(v.rng.ExpFloat64() * float64(v.pause))
		switch {
		case ctx.Err() != nil || errors.Is(err, errNoTurns):
			return
		case err != nil:
			pause = max(pause, time.Second) // the gate is perhaps restarting
		}
		if !v.sleep(ctx, pause) {
			return
		}
	}
}

// get asks for a page and returns it.
func (v *visitor) get(ctx context.Context, path string) (string, error) {
	return v.send(ctx, http.MethodGet, path, nil)
}

// post sends a form and returns the page that comes after it.
func (v *visitor) post(ctx context.Context, path string, form url.Values) (string, error) {
	return v.send(ctx, http.MethodPost, path, form)
}

func (v *visitor) send(ctx context.Context, method, path string, form url.Values) (string, error) {
	for range 3 {
		page, next, err := v.request(ctx, method, path, form)
		if err != nil || next == "" {
			return page, err
		}
		if strings.HasPrefix(next, "/login") {
			v.in = false // logged out, or the application was restarted
		}
		method, path, form = http.MethodGet, next, nil
	}
	return "", nil
}

// request returns the page, or where a redirect leads. It leaves the site for
// nothing.
func (v *visitor) request(ctx context.Context, method, path string, form url.Values) (page, next string, err error) {
	u, err := v.target.Parse(path)
	if err != nil || u.Host != v.target.Host {
		return "", "", fmt.Errorf("visiting %q: not a page of %s", path, v.target)
	}
	if err := v.turn(ctx); err != nil {
		return "", "", err
	}
	if v.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, v.timeout)
		defer cancel()
	}
	req, err := http.NewRequestWithContext(ctx, method, u.String(), strings.NewReader(form.Encode()))
	if err != nil {
		return "", "", fmt.Errorf("visiting %q: %w", path, err)
	}
	req.Header.Set("User-Agent", v.agent)
	req.Header.Set("X-Forwarded-For", v.address)
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, c := range v.jar.Cookies(u) {
		req.AddCookie(c)
	}
	resp, err := v.do(req)
	if err != nil {
		return "", "", err
	}
	defer resp.Body.Close()
	v.jar.SetCookies(u, resp.Cookies())
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return "", "", fmt.Errorf("visiting %q: %w", path, err)
	}
	return string(body), resp.Header.Get("Location"), nil
}

// pick returns one of the addresses that forms of the page are sent to.
func (v *visitor) pick(page string, action *regexp.Regexp) string {
	all := action.FindAllStringSubmatch(page, -1)
	if len(all) == 0 {
		return ""
	}
	return all[v.rng.IntN(len(all))][1]
}
