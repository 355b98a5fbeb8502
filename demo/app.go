package demo

import (
	"bytes"
	"embed"
	"fmt"
	"hash/fnv"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// maxForm bounds the body of a request, in bytes.
const maxForm = 8 << 10

//go:embed assets
var assets embed.FS

//go:embed pages
var pageFiles embed.FS

// AppOptions are the settings of [NewApp].
type AppOptions struct {
	// Now is the clock; its location is the office's. Default: time.Now.
	Now func() time.Time
	// LogURL is where "see the application log" leads, such as "/logs/".
	// Empty: no link.
	LogURL string
	// Instance is the name that the pages show.
	Instance string
}

// App is the sample application: a desk-booking site that sends its events in
// X-App-Event. It keeps all state in memory, bounded.
type App struct {
	now      func() time.Time
	logURL   string
	instance string
	office   *office
	sessions *sessions
	pages    map[string]*template.Template
	handler  http.Handler
}

// NewApp returns the application with a few desks already booked.
func NewApp(o AppOptions) *App {
	if o.Now == nil {
		o.Now = time.Now
	}
	a := &App{
		now:      o.Now,
		logURL:   o.LogURL,
		instance: o.Instance,
		office:   newOffice(o.Now),
		sessions: &sessions{now: o.Now, byID: make(map[string]*session)},
		pages:    parsePages(),
	}
	a.openOffice()
	a.handler = a.routes()
	return a
}

// openOffice books some desks, so that the first page is not an empty one.
func (a *App) openOffice() {
	days := a.office.days()
	for i, id := range []int{12, 22, 24, 31, 13} {
		if _, err := a.office.book(users[shownUsers+i], id, days[i/4]); err != nil {
			panic(err) // the desks are those of newOffice
		}
	}
}

func (a *App) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", a.home)
	mux.HandleFunc("GET /desks/{id}", a.deskPage)
	mux.HandleFunc("POST /desks/{id}/book", a.asUser(a.book))
	mux.HandleFunc("POST /desks/{id}/report", a.asUser(a.reportDefect))
	mux.HandleFunc("GET /bookings", a.asUser(a.bookings))
	mux.HandleFunc("GET /bookings/{id}", a.asUser(a.bookingPage))
	mux.HandleFunc("POST /bookings/{id}/cancel", a.asUser(a.cancel))
	mux.HandleFunc("GET /login", a.loginPage)
	mux.HandleFunc("POST /login", a.login)
	mux.HandleFunc("POST /logout", a.logout)
	mux.HandleFunc("GET /settings", a.asUser(a.settings))
	mux.HandleFunc("POST /settings/hours", a.asUser(a.asAdmin(a.setHours)))
	mux.HandleFunc("POST /settings/desk", a.asUser(a.asAdmin(a.renameDesk)))
	mux.HandleFunc("GET /export.csv", a.asUser(a.export))
	mux.HandleFunc("GET /reports", a.reports)
	mux.HandleFunc("GET /reports/slow", a.slow)
	mux.HandleFunc("GET /reports/broken", a.broken)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, "ok")
	})
	mux.Handle("GET /assets/", cached(http.FileServerFS(assets)))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		a.sorry(w, r, http.StatusNotFound, "There is no such page.")
	})

	sameOrigin := http.NewCrossOriginProtection()
	sameOrigin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.sorry(w, r, http.StatusForbidden, "Another site has sent this form.")
	}))
	return sameOrigin.Handler(mux)
}

// ServeHTTP implements [http.Handler].
func (a *App) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	a.handler.ServeHTTP(w, r)
}

// cached lets browsers keep assets: the pages ask for them by their content.
func cached(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "public, max-age=86400")
		h.ServeHTTP(w, r)
	})
}

// page is what every template gets.
type page struct {
	Title    string
	Path     string // of the request, for the navigation
	Instance string
	LogURL   string
	Version  string // of the assets
	User     *user
	Password string
	Flash    *flash
	Body     any
}

// loginsTo is what the one-click logins need.
type loginsTo struct {
	Logins         []*user
	Password, Next string
}

// LoginsTo are the one-click logins that lead to next.
func (p page) LoginsTo(next string) loginsTo {
	return loginsTo{users[:shownUsers], Password, next}
}

var assetsVersion = func() string {
	sum := fnv.New32a()
	style, err := assets.ReadFile("assets/style.css")
	if err != nil {
		panic(err) // it is embedded
	}
	sum.Write(style)
	return strconv.FormatUint(uint64(sum.Sum32()), 36)
}()

// parsePages parses each page together with the layout around it.
func parsePages() map[string]*template.Template {
	layout := template.Must(template.ParseFS(pageFiles, "pages/layout.html"))
	names, err := fs.Glob(pageFiles, "pages/*.html")
	if err != nil {
		panic(err) // the pattern is constant
	}
	pages := make(map[string]*template.Template)
	for _, name := range names {
		pages[name] = template.Must(template.Must(layout.Clone()).ParseFS(pageFiles, name))
	}
	return pages
}

// show renders a page. Without f, it shows the line that the last click left.
func (a *App) show(w http.ResponseWriter, r *http.Request, status int, name, title string, f *flash, body any) {
	if f == nil {
		f = a.sessions.takeFlash(r)
	}
	var out bytes.Buffer
	err := a.pages["pages/"+name+".html"].ExecuteTemplate(&out, "layout", page{
		Title: title, Path: r.URL.Path, Instance: a.instance, LogURL: a.logURL, Version: assetsVersion,
		User: a.sessions.userOf(r), Password: Password, Flash: f, Body: body,
	})
	if err != nil {
		a.fail(w, "TemplateError", err.Error())
		http.Error(w, "The page could not be rendered.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	w.Write(out.Bytes()) // an error means that the visitor has left
}

// sorry is the page for what cannot be done.
func (a *App) sorry(w http.ResponseWriter, r *http.Request, status int, why string) {
	a.sorryLogged(w, r, status, why, "")
}

// sorryLogged is sorry for a refusal that is in the application log.
func (a *App) sorryLogged(w http.ResponseWriter, r *http.Request, status int, why, header string) {
	var f *flash
	if header != "" {
		f = &flash{Line: why, Logged: true, Header: header, Bad: true}
	}
	a.show(w, r, status, "sorry", http.StatusText(status), f, map[string]any{"Status": status, "Why": why})
}

// done ends a click that worked: the event, a friendly line on the next page,
// and the way there.
func (a *App) done(w http.ResponseWriter, r *http.Request, e event, line, next string) {
	a.sessions.setFlash(r, &flash{Line: line, Logged: true, Header: addEvent(w, e)})
	http.Redirect(w, r, next, http.StatusSeeOther)
}

// asUser sends people who are not logged in to the login page.
func (a *App) asUser(next func(http.ResponseWriter, *http.Request, *user)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if u := a.sessions.userOf(r); u != nil {
			next(w, r, u)
			return
		}
		back := "/"
		if r.Method == http.MethodGet {
			back = r.URL.Path
		}
		http.Redirect(w, r, "/login?next="+url.QueryEscape(back), http.StatusSeeOther)
	}
}

// asAdmin refuses everybody else, and sends an event about it.
func (a *App) asAdmin(next func(http.ResponseWriter, *http.Request, *user)) func(http.ResponseWriter, *http.Request, *user) {
	return func(w http.ResponseWriter, r *http.Request, u *user) {
		if u.Admin {
			next(w, r, u)
			return
		}
		e := a.newEvent(u, "user", "permission.denied", "A change of settings has been refused: it takes an administrator.")
		e.Impersonal = []string{"text"}
		e.Outcome = denied
		a.sorryLogged(w, r, http.StatusForbidden, "Only administrators may change settings.", addEvent(w, e))
	}
}

// Interface guards
var _ http.Handler = (*App)(nil)
