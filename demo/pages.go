package demo

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

type spot struct {
	desk
	Taken   bool
	Booking booking
}

type zone struct {
	Name, Equipment string
	Spots           []spot
}

type dayTab struct {
	Name, Date string
	Label      string
	Current    bool
}

// dayTabs names the two days that can be booked.
func (a *App) dayTabs(current time.Time) []dayTab {
	var tabs []dayTab
	for i, d := range a.office.days() {
		tabs = append(tabs, dayTab{
			Name: [2]string{"Today", "Tomorrow"}[i], Date: d.Format(time.DateOnly),
			Label: d.Format("Mon 2 Jan"), Current: d.Equal(current),
		})
	}
	return tabs
}

func (a *App) home(w http.ResponseWriter, r *http.Request) {
	day, err := a.office.day(r.URL.Query().Get("day"))
	if err != nil {
		a.sorry(w, r, http.StatusBadRequest, err.Error())
		return
	}
	desks, taken := a.office.plan(day)
	var zones []*zone
	for _, d := range desks {
		if len(zones) == 0 || zones[len(zones)-1].Name != d.Zone {
			zones = append(zones, &zone{Name: d.Zone, Equipment: d.Equipment})
		}
		z := zones[len(zones)-1]
		b, ok := taken[d.ID]
		z.Spots = append(z.Spots, spot{d, ok, b})
	}
	a.show(w, r, http.StatusOK, "home", "Desks", nil, map[string]any{
		"Tabs": a.dayTabs(day), "Day": day.Format(time.DateOnly),
		"Zones": zones, "Free": len(desks) - len(taken), "Total": len(desks),
	})
}

// pathID reads the number in the path; what is none names nothing, like 0.
func pathID(r *http.Request) int {
	id, err := strconv.Atoi(r.PathValue("id"))
	if err != nil {
		return 0
	}
	return id
}

func (a *App) deskPage(w http.ResponseWriter, r *http.Request) {
	d, err := a.office.desk(pathID(r))
	if err != nil {
		a.sorry(w, r, http.StatusNotFound, err.Error())
		return
	}
	type dayOf struct {
		dayTab
		spot
	}
	var days []dayOf
	for i, t := range a.dayTabs(time.Time{}) {
		_, taken := a.office.plan(a.office.days()[i])
		b, ok := taken[d.ID]
		days = append(days, dayOf{t, spot{d, ok, b}})
	}
	a.show(w, r, http.StatusOK, "desk", d.Name, nil, map[string]any{"Desk": d, "Days": days})
}

func (a *App) bookings(w http.ResponseWriter, r *http.Request, u *user) {
	a.show(w, r, http.StatusOK, "bookings", "My bookings", nil, a.office.list(u))
}

func (a *App) bookingPage(w http.ResponseWriter, r *http.Request, u *user) {
	b, err := a.office.booking(pathID(r))
	if err != nil {
		a.sorry(w, r, http.StatusNotFound, err.Error())
		return
	}
	a.show(w, r, http.StatusOK, "booking", "Booking "+strconv.Itoa(b.ID), nil, map[string]any{
		"Booking": b, "Mine": b.User == u && a.office.active(b), "Until": a.office.end(b),
	})
}

func (a *App) loginPage(w http.ResponseWriter, r *http.Request) {
	var f *flash
	if r.URL.Query().Has("bye") {
		f = &flash{Line: "You are logged out.", Logged: true}
	}
	a.showLogin(w, r, http.StatusOK, f, "")
}

func (a *App) showLogin(w http.ResponseWriter, r *http.Request, status int, f *flash, email string) {
	a.show(w, r, status, "login", "Log in", f, map[string]string{
		"Next": localPath(r.FormValue("next")), "Email": email,
	})
}

// localPath keeps a link inside this site: anything else becomes the first
// page. Browsers read \ as / and skip control characters.
func localPath(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.Scheme != "" || u.Host != "" || u.Opaque != "" ||
		!strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.Contains(next, `\`) {
		return "/"
	}
	return next
}

func (a *App) settings(w http.ResponseWriter, r *http.Request, _ *user) {
	desks, _ := a.office.plan(a.office.days()[0])
	a.show(w, r, http.StatusOK, "settings", "Settings", nil, map[string]any{
		"Hours": a.office.openingHours(), "Desks": desks,
	})
}
