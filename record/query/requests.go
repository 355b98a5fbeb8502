package query

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gatebook/gatebook/record"
)

// Requests asks for requests; zero fields ask for nothing in particular.
type Requests struct {
	// Prefix holds the addresses asked for; one address is a full-length
	// prefix.
	Prefix netip.Prefix
	// From and To bound Time: From ≤ Time < To.
	From, To time.Time
	// StatusMin and StatusMax bound the status, both included.
	StatusMin, StatusMax int
	Method               string
	// Path is exact, or a pattern with * for any run of characters.
	Path string
	// Browser, OS, Country and User match without regard to case; Browser
	// and OS also match without the version ("Firefox").
	Browser, OS, Country, User string
	ASN                        uint32
	Verdict                    record.Verdict
	// Contains is searched for in path, query, user agent, referer and user,
	// without regard to case.
	Contains string
	// Failed leaves only those for which [record.Request.Failed] holds. It is no
	// parameter of its own.
	Failed bool
	// Limit is the page's size; Cursor continues after an earlier page.
	Limit  int
	Cursor string
}

var requestParams = []string{
	"ip", "from", "to", "status", "method", "path", "browser", "os",
	"country", "asn", "user", "verdict", "q", "limit", "cursor",
}

// ParseRequests reads the parameters of GET requests. Dates are meant in
// loc, ages before now. q is a search, with qualifiers ([RequestQualifiers]) and
// one free text. The error is a [*record.ParamError].
func ParseRequests(values url.Values, now time.Time, loc *time.Location) (Requests, error) {
	p := newParams(values, requestParams, now, loc)
	p.requestSearch()
	q := Requests{
		Method:   strings.ToUpper(p.text("method")),
		Path:     p.text("path"),
		Browser:  p.text("browser"),
		OS:       p.text("os"),
		Country:  p.text("country"),
		User:     p.text("user"),
		Verdict:  record.Verdict(p.oneOf("verdict", string(record.VerdictPass), string(record.VerdictThrottle), string(record.VerdictBan))),
		Contains: p.text("q"),
		Limit:    p.limit(),
		Cursor:   p.text("cursor"),
	}
	q.From, q.To = p.times()
	q.Prefix = p.prefix("ip")
	if v := p.text("status"); v != "" {
		var ok bool
		if q.StatusMin, q.StatusMax, ok = parseStatus(v); !ok {
			p.fail("status", v, record.NotStatus)
		}
	}
	if v := p.text("asn"); v != "" {
		n, err := strconv.ParseUint(strings.TrimPrefix(strings.ToUpper(v), "AS"), 10, 32)
		if err != nil || n == 0 {
			p.fail("asn", v, record.NotASN)
		}
		q.ASN = uint32(n)
	}
	p.searchTimes(&q)
	p.blame()
	return q, p.err
}

func parseStatus(s string) (lowest, highest int, ok bool) {
	if len(s) != 3 || s[0] < '1' || s[0] > '9' {
		return 0, 0, false
	}
	if strings.EqualFold(s[1:], "xx") {
		class := int(s[0]-'0') * 100
		return class, class + 99, true
	}
	n, err := strconv.ParseUint(s, 10, 16)
	return int(n), int(n), err == nil
}

// Match reports whether r is asked for. Limit and Cursor play no part.
func (q *Requests) Match(r *record.Request) bool {
	return inRange(r.Time, q.From, q.To) &&
		(!q.Prefix.IsValid() || q.Prefix.Contains(r.IP)) &&
		(q.StatusMax == 0 || r.Status >= q.StatusMin && r.Status <= q.StatusMax) &&
		(q.Method == "" || strings.EqualFold(q.Method, r.Method)) &&
		(q.Path == "" || MatchPattern(q.Path, r.Path)) &&
		matchName(q.Browser, r.Browser) &&
		matchName(q.OS, r.OS) &&
		(q.Country == "" || strings.EqualFold(q.Country, r.Country)) &&
		(q.User == "" || strings.EqualFold(q.User, r.User)) &&
		(q.ASN == 0 || q.ASN == r.ASN) &&
		(q.Verdict == "" || q.Verdict == r.Verdict || q.Verdict == record.VerdictPass && r.Verdict == "") &&
		(!q.Failed || r.Failed()) &&
		(q.Contains == "" || NewFinder(q.Contains).InAny(r.Path, r.Query, r.UserAgent, r.Referer, r.User))
}

func inRange(t, from, to time.Time) bool {
	return (from.IsZero() || !t.Before(from)) && (to.IsZero() || t.Before(to))
}

// matchName lets "Firefox" find "Firefox 145" but not "Firefox Focus 3".
func matchName(want, have string) bool {
	if want == "" || strings.EqualFold(want, have) {
		return true
	}
	if len(have) <= len(want)+1 || have[len(want)] != ' ' || !strings.EqualFold(want, have[:len(want)]) {
		return false
	}
	next := have[len(want)+1]
	return next >= '0' && next <= '9'
}
