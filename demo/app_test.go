package demo

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// noon is when the tests take place.
var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.FixedZone("CET", 3600))

// site is the application behind a real server, and a browser in front.
type site struct {
	t       *testing.T
	app     *App
	url     string
	browser *http.Client
	ids     map[string]bool
}

func newSite(t *testing.T) *site {
	t.Helper()
	app := NewApp(AppOptions{Now: func() time.Time { return noon }, LogURL: "/logs/", Instance: "acme"})
	server := httptest.NewServer(app)
	t.Cleanup(server.Close)
	s := &site{t: t, app: app, url: server.URL, ids: make(map[string]bool)}
	s.browser = s.newBrowser()
	return s
}

func (s *site) newBrowser() *http.Client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

type answer struct {
	status int
	header http.Header
	body   string
	events []event
}

func (s *site) do(req *http.Request) answer {
	s.t.Helper()
	resp, err := s.browser.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	a := answer{status: resp.StatusCode, header: resp.Header, body: string(body)}
	for _, line := range resp.Header.Values("X-App-Event") {
		a.events = append(a.events, s.parse(line))
	}
	return a
}

// parse checks what holds for every event.
func (s *site) parse(line string) event {
	s.t.Helper()
	for _, c := range []byte(line) {
		if c < 0x20 || c > 0x7E {
			s.t.Errorf("byte %#x in X-App-Event: %s", c, line)
		}
	}
	dec := json.NewDecoder(strings.NewReader(line))
	dec.DisallowUnknownFields()
	var e event
	if err := dec.Decode(&e); err != nil {
		s.t.Fatalf("%v in %s", err, line)
	}
	if !regexp.MustCompile(`^[0-9A-HJKMNP-TV-Z]{26}$`).MatchString(e.ID) || s.ids[e.ID] {
		s.t.Errorf("id %q is malformed or was used before", e.ID)
	}
	s.ids[e.ID] = true
	if !regexp.MustCompile(`^[a-z][a-z0-9_]{0,31}$`).MatchString(e.Category) {
		s.t.Errorf("category %q", e.Category)
	}
	if !regexp.MustCompile(`^[a-z]+\.[a-z_]+$`).MatchString(e.Type) || e.Text == "" || e.Initiator == nil {
		s.t.Errorf("incomplete event: %s", line)
	}
	if _, err := time.Parse(time.RFC3339, e.Time); err != nil {
		s.t.Error(err)
	}
	if e.Action != nil && !strings.HasPrefix(e.Action.Href, "/") {
		s.t.Errorf("action leaves the site: %s", line)
	}
	if len(line) > 2<<10 {
		s.t.Errorf("%d bytes is more than applications are advised to send", len(line))
	}
	return e
}

func (s *site) get(path string) answer {
	s.t.Helper()
	req, err := http.NewRequest(http.MethodGet, s.url+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return s.do(req)
}

func (s *site) post(path string, pairs ...string) answer {
	s.t.Helper()
	return s.do(s.postRequest(path, pairs...))
}

func (s *site) postRequest(path string, pairs ...string) *http.Request {
	s.t.Helper()
	form := make(url.Values)
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	req, err := http.NewRequest(http.MethodPost, s.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return req
}

func (s *site) logIn(email string) answer {
	s.t.Helper()
	return s.post("/login", "email", email, "password", Password)
}

// one returns the only event of an answer that leads to next.
func (s *site) one(a answer, next, kind string) event {
	s.t.Helper()
	if a.status != http.StatusSeeOther || a.header.Get("Location") != next {
		s.t.Errorf("%d to %q, want 303 to %q", a.status, a.header.Get("Location"), next)
	}
	if len(a.events) != 1 || a.events[0].Type != kind {
		s.t.Fatalf("events %+v, want one %s", a.events, kind)
	}
	return a.events[0]
}

func (s *site) shows(path string, want ...string) {
	s.t.Helper()
	a := s.get(path)
	if a.status != http.StatusOK {
		s.t.Errorf("GET %s: %d", path, a.status)
	}
	for _, w := range want {
		if !strings.Contains(a.body, w) {
			s.t.Errorf("GET %s does not show %q", path, w)
		}
	}
}

func TestBookAndCancel(t *testing.T) {
	s := newSite(t)
	s.shows("/", "Log in as Ada", "<b>8</b> of 12", "Taken")

	e := s.one(s.logIn("ada@example.com"), "/", "login.succeeded")
	if want := (initiator{"u_1", "Ada Example", "ada@example.com"}); e.Category != "login" || e.Outcome != "success" || *e.Initiator != want {
		t.Errorf("%+v", e)
	}
	s.shows("/", "Logged in as Ada Example.", "in the application log", `href="/logs/"`, "Good to see you, Ada")

	e = s.one(s.post("/desks/23/book", "day", "2026-11-24"), "/?day=2026-11-24", "booking.created")
	if e.Category != "booking" || e.Text != `A booking has been created for "Table 23".` ||
		*e.Subject != (subject{Type: "Booking", ID: "45886"}) ||
		*e.Action != (action{"View", "/bookings/45886"}) ||
		e.Time != "2026-11-23T12:00:00+01:00" || e.Until != "2026-11-24T18:00:00+01:00" {
		t.Errorf("%+v", e)
	}
	s.shows("/?day=2026-11-24", "Booked Table 23.", "X-App-Event:", "/bookings/45886/cancel", "<b>10</b> of 12")
	if strings.Contains(s.get("/").body, "Booked Table 23.") {
		t.Error("the line is shown twice")
	}
	s.shows("/bookings", "/bookings/45886/cancel")
	s.shows("/bookings/45886", "Table 23", "Tuesday, 24 November 2026, until 18:00", "Cancel this booking")
	s.shows("/desks/23", "Table 23", "Courtyard")

	e = s.one(s.post("/bookings/45886/cancel"), "/?day=2026-11-24", "booking.cancelled")
	if e.Subject.ID != "45886" || e.Text != `The booking for "Table 23" has been cancelled.` {
		t.Errorf("%+v", e)
	}
	s.shows("/?day=2026-11-24", "Cancelled Table 23.", "<b>11</b> of 12")
	s.shows("/bookings/45886", "cancelled")

	s.one(s.post("/logout"), "/login?bye", "user.logged_out")
	s.shows("/login?bye", "You are logged out.")
}

func TestRefusals(t *testing.T) {
	s := newSite(t)
	s.logIn("grace@example.com")
	taken := s.app.office.list(users[shownUsers])[0]
	for _, c := range []struct {
		path   string
		form   []string
		status int
	}{
		{"/desks/12/book", nil, http.StatusConflict},
		{"/desks/99/book", nil, http.StatusNotFound},
		{"/desks/x/book", nil, http.StatusNotFound},
		{"/desks/11/book", []string{"day", "2026-11-25"}, http.StatusBadRequest},
		{"/desks/11/book", []string{"day", "<script>"}, http.StatusBadRequest},
		{"/desks/99/report", nil, http.StatusNotFound},
		{"/bookings/1/cancel", nil, http.StatusNotFound},
		{fmt.Sprintf("/bookings/%d/cancel", taken.ID), nil, http.StatusForbidden},
		{"/desks/11/book", []string{"day", strings.Repeat("x", maxForm)}, http.StatusRequestEntityTooLarge},
		{"/login", []string{"email", strings.Repeat("x", 255)}, http.StatusBadRequest},
	} {
		a := s.post(c.path, c.form...)
		if a.status != c.status || len(a.events) != 0 || !strings.Contains(a.body, "</html>") {
			t.Errorf("POST %s: %d with %d events, want %d with none", c.path, a.status, len(a.events), c.status)
		}
	}
	s.one(s.post("/desks/11/book"), "/?day=2026-11-23", "booking.created")
	s.post("/bookings/45886/cancel")
	if a := s.post("/bookings/45886/cancel"); a.status != http.StatusConflict {
		t.Errorf("cancelling twice: %d", a.status)
	}
}

func TestWrongPassword(t *testing.T) {
	s := newSite(t)
	for _, email := range []string{"ada@example.com", "nobody@example.com", "zo\u00eb\x7f\xff@example.com\r\nX: y"} {
		a := s.post("/login", "email", email, "password", "guess")
		if a.status != http.StatusUnauthorized || len(a.events) != 1 {
			t.Fatalf("%d with %d events", a.status, len(a.events))
		}
		e := a.events[0]
		if e.Category != "login" || e.Type != "login.failed" || e.Outcome != "failure" || e.Initiator.Email != strings.ToValidUTF8(email, "?") {
			t.Errorf("%+v", e)
		}
		if !strings.Contains(a.body, "Wrong e-mail address or password.") || !strings.Contains(a.body, `name="password"`) {
			t.Error("the form is not shown again")
		}
	}
	if a := s.get("/bookings"); a.status != http.StatusSeeOther || a.header.Get("Location") != "/login?next=%2Fbookings" {
		t.Errorf("logged in by a wrong password: %d", a.status)
	}
}

func TestSettings(t *testing.T) {
	s := newSite(t)
	s.logIn("ada@example.com")
	s.shows("/settings", "Only administrators may save")
	a := s.post("/settings/hours", "opens", "09:00", "closes", "17:00")
	if a.status != http.StatusForbidden || len(a.events) != 1 || a.events[0].Outcome != "denied" {
		t.Errorf("%d %+v", a.status, a.events)
	}

	s.logIn("admin@example.com")
	s.get("/") // reads the line of the login
	e := s.one(s.post("/settings/hours", "opens", "8:00", "closes", "17:30"), "/settings", "building.updated")
	if e.Category != "building" || len(e.Changes) != 1 || e.Changes[0] != (change{"closes", "18:00", "17:30"}) {
		t.Errorf("%+v", e)
	}
	s.shows("/settings", "Changed the opening hours.", `value="17:30"`)

	if a := s.post("/settings/hours", "opens", "08:00", "closes", "17:30"); len(a.events) != 0 || a.status != http.StatusSeeOther {
		t.Errorf("a change of nothing: %d %+v", a.status, a.events)
	}
	s.shows("/settings", "Nothing to save")

	name := "Bücher & <b>\"Ecke\"</b> 📚"
	e = s.one(s.post("/settings/desk", "desk", "34", "name", " "+name), "/settings", "object.renamed")
	if e.Category != "object" || e.Subject.Label != name || len(e.Changes) != 1 || e.Changes[0] != (change{"name", "Café corner", name}) {
		t.Errorf("%+v", e)
	}
	if body := s.get("/settings").body; strings.Contains(body, "<b>\"Ecke") {
		t.Error("a name is not escaped")
	}

	for _, form := range [][]string{
		{"desk", "34", "name", ""}, {"desk", "34", "name", "=cmd()"}, {"desk", "34", "name", "A\x00"}, {"desk", "34", "name", "A\xff"},
		{"desk", "34", "name", strings.Repeat("ä", 41)}, {"desk", "x", "name", "A"}, {"desk", "35", "name", "A"},
		{"opens", "18:00", "closes", "08:00"}, {"opens", "25:00", "closes", "26:00"}, {"opens", "", "closes", ""},
	} {
		path := "/settings/desk"
		if form[0] == "opens" {
			path = "/settings/hours"
		}
		if a := s.post(path, form...); a.status/100 != 4 || len(a.events) != 0 {
			t.Errorf("%s %q: %d %+v", path, form, a.status, a.events)
		}
	}
}

func TestExport(t *testing.T) {
	s := newSite(t)
	if a := s.get("/export.csv"); a.status != http.StatusSeeOther || len(a.events) != 0 {
		t.Errorf("exported without login: %d %+v", a.status, a.events)
	}
	s.logIn("ada@example.com")
	a := s.get("/export.csv")
	if a.status != http.StatusOK || len(a.events) != 1 || a.events[0].Type != "booking.exported" || a.events[0].Category != "global" ||
		a.events[0].Text != "Bookings have been exported." || a.events[0].Subject != nil {
		t.Fatalf("%d %+v", a.status, a.events)
	}
	if lines := strings.Split(strings.TrimSpace(a.body), "\n"); len(lines) != 6 || lines[1] != "45881,2026-11-23,Table 12,Window side,Facility Example,facility@example.com" {
		t.Errorf("%q", lines)
	}
	s.shows("/reports", "Exported 5 bookings.", "Window side")
}

func TestReportDefect(t *testing.T) {
	s := newSite(t)
	s.logIn("ada@example.com")
	e := s.one(s.post("/desks/23/report"), "/desks/23", "equipment.reported")
	if e.Category != "equipment" || *e.Subject != (subject{Type: "Equipment", ID: "monitor-23"}) || e.Action.Href != "/desks/23" {
		t.Errorf("%+v", e)
	}
}

func TestCrossSiteFormIsRefused(t *testing.T) {
	s := newSite(t)
	s.logIn("ada@example.com")
	for name, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://elsewhere.example"} {
		req := s.postRequest("/desks/23/book")
		req.Header.Set(name, value)
		if a := s.do(req); a.status != http.StatusForbidden || len(a.events) != 0 {
			t.Errorf("%s: %d %+v", name, a.status, a.events)
		}
	}
	if n := len(s.app.office.list(users[0])); n != 0 {
		t.Errorf("%d bookings came from another site", n)
	}
	req := s.postRequest("/desks/23/book")
	req.Header.Set("Origin", s.url)
	s.one(s.do(req), "/?day=2026-11-23", "booking.created")
}

func TestErrorPages(t *testing.T) {
	s := newSite(t)
	a := s.get("/reports/broken")
	var failure struct{ Type, Message, Where string }
	if err := json.Unmarshal([]byte(a.header.Get("X-App-Error")), &failure); err != nil {
		t.Fatal(err)
	}
	if a.status != http.StatusInternalServerError || len(a.events) != 0 || failure.Type != "QueryException" || failure.Message == "" ||
		!regexp.MustCompile(`^demo/reports\.go:\d+$`).MatchString(failure.Where) {
		t.Errorf("%d %+v", a.status, failure)
	}
	for _, path := range []string{"/nowhere", "/desks/99", "/desks/x", "/assets/nothing.js", "/book"} {
		if a := s.get(path); a.status != http.StatusNotFound || len(a.events) != 0 {
			t.Errorf("GET %s: %d", path, a.status)
		}
	}
	if a := s.get("/?day=2020-01-01"); a.status != http.StatusBadRequest {
		t.Errorf("a day long past: %d", a.status)
	}
	if a := s.get("/healthz"); a.status != http.StatusOK || a.body != "ok\n" {
		t.Errorf("/healthz: %d %q", a.status, a.body)
	}
}

func TestSlowPage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app := NewApp(AppOptions{})
		start := time.Now()
		w := httptest.NewRecorder()
		app.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/reports/slow", nil))
		if w.Code != http.StatusOK || time.Since(start) != slowReport {
			t.Errorf("%d after %v", w.Code, time.Since(start))
		}
	})
}

func TestHeaders(t *testing.T) {
	s := newSite(t)
	for _, path := range []string{"/", "/login", "/reports", "/nowhere", "/assets/style.css", "/export.csv"} {
		h := s.get(path).header
		if !strings.HasPrefix(h.Get("Content-Security-Policy"), "default-src 'none'; style-src 'self'") || h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("GET %s: %v", path, h)
		}
	}
	c := s.logIn("ada@example.com").header.Get("Set-Cookie")
	for _, want := range []string{"desk_session=", "HttpOnly", "SameSite=Lax", "Path=/"} {
		if !strings.Contains(c, want) {
			t.Errorf("%q lacks %s", c, want)
		}
	}
}

func TestPagesNeedNothingFromOutside(t *testing.T) {
	s := newSite(t)
	s.logIn("admin@example.com")
	s.post("/desks/23/book")
	outside := regexp.MustCompile(`(?:src|href|action)="(?:https?:)?//|<script|<style| style=| on[a-z]+=`)
	for _, path := range []string{"/", "/login", "/bookings", "/bookings/45886", "/desks/23", "/reports", "/settings", "/nowhere"} {
		if m := outside.FindString(s.get(path).body); m != "" {
			t.Errorf("GET %s has %q", path, m)
		}
	}
}

func TestLoginLeadsBackInsideOnly(t *testing.T) {
	for next, want := range map[string]string{
		"/settings": "/settings", "/?day=2026-11-23": "/?day=2026-11-23", "": "/", "settings": "/",
		"//evil.example": "/", "https://evil.example/": "/", `/\evil.example`: "/", `\\evil.example`: "/", "/\t/evil.example": "/", "javascript:alert(1)": "/",
	} {
		s := newSite(t)
		a := s.post("/login", "email", "ada@example.com", "password", Password, "next", next)
		if got := a.header.Get("Location"); got != want {
			t.Errorf("%q leads to %q, want %q", next, got, want)
		}
	}
}
