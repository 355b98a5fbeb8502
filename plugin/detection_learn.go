package plugin

import (
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/cespare/xxhash/v2"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/applog"
)

// learn has the detector learn from a request that is over.
func (x *exchange) learn(asked *http.Request, r *judged) {
	d := &x.books.detection
	active := d.active.Load()
	if active == nil || x.origin == fromProxy {
		return
	}
	r.seen = abuse.Request{
		Request:    &r.Request,
		Session:    x.session,
		AuthFailed: r.Status == http.StatusUnauthorized && len(asked.Header["Authorization"]) > 0,
		Absolute:   isAbsoluteURI(asked.RequestURI),
		CrossSite:  x.origin == fromOtherSite,
	}
	if len(active.Observe(&r.seen, time.Now())) > 0 {
		d.changed()
	}
}

// isAbsoluteURI reports whether a request target is a whole URI, of any scheme, as a
// proxy is asked.
func isAbsoluteURI(target string) bool { return strings.Contains(target, "://") && target[0] != '/' }

// origin is who caused a request.
type origin uint8

const (
	fromClient origin = iota
	fromOtherSite
	fromProxy // a trusted proxy speaks for itself
)

func originOf(r *http.Request, client string) origin {
	switch {
	case ofProxy(r, client):
		return fromProxy
	case abuse.CrossSite(r.Header.Get("Sec-Fetch-Site"), r.Referer(), r.Host):
		return fromOtherSite
	}
	return fromClient
}

// ofProxy reports whether a trusted proxy speaks for itself: it named no client.
func ofProxy(r *http.Request, client string) bool {
	if trusted, _ := caddyhttp.GetVar(r.Context(), caddyhttp.TrustedProxyVarKey).(bool); !trusted {
		return false
	}
	rest, own := strings.CutPrefix(strings.TrimPrefix(r.RemoteAddr, "["), client)
	return own && strings.HasPrefix(strings.TrimPrefix(rest, "]"), ":")
}

// session is a hash of the request's session cookie; 0 for none.
func (a *detecting) session(h http.Header) uint64 {
	if a.cookie == "" {
		return 0
	}
	for _, line := range h["Cookie"] {
		for line != "" {
			var pair string
			pair, line, _ = strings.Cut(line, ";")
			if value := a.cookieValue(pair); value != "" {
				return sessionHash(value)
			}
		}
	}
	return 0
}

// newSession is a hash of the session cookie that a response sets; 0 for none.
func (a *detecting) newSession(h http.Header) uint64 {
	if a.cookie == "" {
		return 0
	}
	for _, line := range h["Set-Cookie"] {
		pair, _, _ := strings.Cut(line, ";")
		if value := a.cookieValue(pair); value != "" {
			return sessionHash(value)
		}
	}
	return 0
}

func (a *detecting) cookieValue(pair string) string {
	name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
	if name != a.cookie {
		return ""
	}
	return strings.Trim(value, `"`)
}

// sessionHash is never 0.
func sessionHash(value string) uint64 { return xxhash.Sum64String(value) | 1 }

// learnLogins has the detector learn from logins that the application told of.
func (x *exchange) learnLogins(events []record.Event, stored []applog.Appended) {
	d := &x.books.detection
	active, ip := d.active.Load(), clientIP(x.client)
	if active == nil || !ip.IsValid() || x.origin == fromProxy {
		return
	}
	for i := range events {
		account := loginAccount(&events[i])
		// Who is denied had the right password.
		if account == "" || stored[i].Duplicate || events[i].Outcome == record.OutcomeDenied {
			continue
		}
		d.logins.add(ip, stored[i].Seq)
		login := abuse.LoginEvent{
			Addr: ip, UserAgent: x.UserAgent(), Account: account, Path: x.Path(),
			Success: events[i].Outcome == record.OutcomeSuccess, Session: x.session, CrossSite: x.origin == fromOtherSite,
		}
		if login.Success {
			// Only the cookie that a login sets is that of the user: one from
			// before may be known to whoever made it.
			login.Session = active.newSession(x.Header())
		}
		if len(active.Login(&login, time.Now())) > 0 || login.Success {
			d.changed()
		}
	}
}

// categoryLogin is that of the events that the login rules count.
const categoryLogin = "login"

// loginAccount is who somebody wanted to be in a login event; "" where it is
// none.
func loginAccount(e *record.Event) string {
	if e.Category != categoryLogin || strings.HasSuffix(e.Type, "logout") || strings.HasSuffix(e.Type, "logged_out") {
		return ""
	}
	if i := e.Initiator; i != nil {
		for _, name := range []string{i.Email, i.ID, i.Name} {
			if name != "" {
				return name
			}
		}
	}
	if e.Subject != nil {
		return e.Subject.ID
	}
	return ""
}

// recentLogins remembers from where the last logins came, which no log keeps.
type recentLogins struct {
	mu   sync.Mutex
	list [4096]struct {
		from netip.Addr
		seq  uint64
	}
	next int
}

func (l *recentLogins) add(from netip.Addr, seq uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list[l.next].from, l.list[l.next].seq = from, seq
	l.next = (l.next + 1) % len(l.list)
}

// within are the logins from a prefix.
func (l *recentLogins) within(p netip.Prefix) (seqs []uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range l.list {
		if one := &l.list[i]; one.seq != 0 && p.Contains(one.from) {
			seqs = append(seqs, one.seq)
		}
	}
	return seqs
}
