package demo

import (
	"crypto/rand"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Password is that of every account of the sample application.
const Password = "demo"

// SessionCookie is the name of the sample application's session cookie.
const SessionCookie = "desk_session"

const (
	sessionLife = 12 * time.Hour
	maxSessions = 1000
)

type user struct {
	ID, Name, Email string
	Admin           bool
}

// shownUsers is how many of the users are offered on the login page; the
// others are played by Visitors, so that nobody cancels what the reader booked.
const shownUsers = 3

var users = [...]*user{
	{ID: "u_1", Name: "Ada Example", Email: "ada@example.com"},
	{ID: "u_2", Name: "Grace Example", Email: "grace@example.com"},
	{ID: "u_3", Name: "Admin Example", Email: "admin@example.com", Admin: true},
	{ID: "u_11", Name: "Facility Example", Email: "facility@example.com", Admin: true},
	{ID: "u_12", Name: "Kim Example", Email: "kim@example.com"},
	{ID: "u_13", Name: "Lin Example", Email: "lin@example.com"},
	{ID: "u_14", Name: "Noor Example", Email: "noor@example.com"},
	{ID: "u_15", Name: "Zoé Example", Email: "zoe@example.com"},
	{ID: "u_16", Name: "Sam Example", Email: "sam@example.com"},
	{ID: "u_17", Name: "Reception Example", Email: "reception@example.com"},
	{ID: "u_18", Name: "Support Example", Email: "support@example.com"},
}

// Logins returns the e-mail addresses of the accounts meant for the reader;
// the last one is the administrator's. All have the same [Password].
func Logins() []string {
	var out []string
	for _, u := range users[:shownUsers] {
		out = append(out, u.Email)
	}
	return out
}

// First is the name to greet with.
func (u *user) First() string {
	first, _, _ := strings.Cut(u.Name, " ")
	return first
}

func findUser(email string) *user {
	for _, list := range [][]*user{users[:], colleagues} {
		for _, u := range list {
			if strings.EqualFold(u.Email, email) {
				return u
			}
		}
	}
	return nil
}

// flash is the line that the next page shows once.
type flash struct {
	Line   string
	Logged bool   // the click is in the application log
	Header string // the event as it was sent
	Bad    bool
}

type session struct {
	user  *user
	flash *flash
	used  time.Time
}

// sessions are kept in memory: at most maxSessions, and the one that was not
// used for longest goes first.
type sessions struct {
	now func() time.Time

	mu   sync.Mutex
	byID map[string]*session
}

func (s *sessions) open(u *user, f *flash) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.byID) >= maxSessions {
		var oldest string
		for id, x := range s.byID {
			if oldest == "" || x.used.Before(s.byID[oldest].used) {
				oldest = id
			}
		}
		delete(s.byID, oldest)
	}
	id := rand.Text()
	s.byID[id] = &session{user: u, flash: f, used: s.now()}
	return id
}

// with calls f with the request's session, if it has one, while no other
// request can touch it.
func (s *sessions) with(r *http.Request, f func(*session)) {
	c, err := r.Cookie(SessionCookie)
	if err != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	x := s.byID[c.Value]
	switch {
	case x == nil:
	case s.now().Sub(x.used) > sessionLife:
		delete(s.byID, c.Value)
	default:
		x.used = s.now()
		f(x)
	}
}

func (s *sessions) close(r *http.Request) {
	if c, err := r.Cookie(SessionCookie); err == nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.byID, c.Value)
	}
}

// userOf returns nil for somebody who is not logged in.
func (s *sessions) userOf(r *http.Request) (u *user) {
	s.with(r, func(x *session) { u = x.user })
	return u
}

func (s *sessions) setFlash(r *http.Request, f *flash) {
	s.with(r, func(x *session) { x.flash = f })
}

func (s *sessions) takeFlash(r *http.Request) (f *flash) {
	s.with(r, func(x *session) { f, x.flash = x.flash, nil })
	return f
}

// setCookie hands the session to the browser; the empty id takes it back.
func setCookie(w http.ResponseWriter, r *http.Request, id string) {
	c := &http.Cookie{
		Name: SessionCookie, Value: id, Path: "/", MaxAge: int(sessionLife.Seconds()),
		HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https",
	}
	if id == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}
