package demo

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// form reads a posted form; it answers an invalid or too large one itself.
func (a *App) form(w http.ResponseWriter, r *http.Request) bool {
	err := r.ParseForm()
	var tooLarge *http.MaxBytesError
	switch {
	case err == nil:
		return true
	case errors.As(err, &tooLarge):
		a.sorry(w, r, http.StatusRequestEntityTooLarge, fmt.Sprintf("A form has %d bytes at most.", maxForm))
	default:
		a.sorry(w, r, http.StatusBadRequest, "The form could not be read.")
	}
	return false
}

func (a *App) login(w http.ResponseWriter, r *http.Request) {
	if !a.form(w, r) {
		return
	}
	email := strings.TrimSpace(r.PostFormValue("email"))
	if len(email) > 254 { // RFC 5321, section 4.5.3.1.3
		a.sorry(w, r, http.StatusBadRequest, "An e-mail address has 254 characters at most.")
		return
	}
	u := findUser(email)
	if u == nil || r.PostFormValue("password") != Password {
		a.loginFailed(w, r, u, email)
		return
	}
	e := a.newEvent(u, "login", "login.succeeded", "A user has logged in.")
	e.Impersonal = []string{"text"}
	a.sessions.close(r) // a new identity gets a new session
	setCookie(w, r, a.sessions.open(u, &flash{Line: "Logged in as " + u.Name + ".", Logged: true, Header: addEvent(w, e)}))
	http.Redirect(w, r, localPath(r.PostFormValue("next")), http.StatusSeeOther)
}

func (a *App) loginFailed(w http.ResponseWriter, r *http.Request, u *user, email string) {
	if u == nil {
		u = &user{Email: strings.ToValidUTF8(email, "?")}
	}
	e := a.newEvent(u, "login", "login.failed", "A login has failed.")
	e.Impersonal = []string{"text"}
	e.Outcome = failure
	f := &flash{Line: "Wrong e-mail address or password.", Logged: true, Header: addEvent(w, e), Bad: true}
	a.showLogin(w, r, http.StatusUnauthorized, f, u.Email)
}

func (a *App) logout(w http.ResponseWriter, r *http.Request) {
	if u := a.sessions.userOf(r); u != nil {
		e := a.newEvent(u, "user", "user.logged_out", "A user has logged out.")
		e.Impersonal = []string{"text"}
		addEvent(w, e)
	}
	a.sessions.close(r)
	setCookie(w, r, "")
	http.Redirect(w, r, "/login?bye", http.StatusSeeOther)
}

// bookingEvent is an event about a booking; text has one %s, the desk's name.
func (a *App) bookingEvent(u *user, b booking, kind, text string) event {
	e := a.newEvent(u, "booking", kind, fmt.Sprintf(text, b.Desk.Name))
	e.Subject = &subject{Type: "Booking", ID: strconv.Itoa(b.ID)}
	e.Impersonal = []string{"text", "action", "details"}
	e.Action = view("/bookings/%d", b.ID)
	e.Details = map[string]any{"desk": b.Desk.ID, "zone": b.Desk.Zone, "day": b.Day.Format(time.DateOnly)}
	e.Until = a.office.end(b).Format(time.RFC3339)
	return e
}

func (a *App) book(w http.ResponseWriter, r *http.Request, u *user) {
	if !a.form(w, r) {
		return
	}
	day, err := a.office.day(r.PostFormValue("day"))
	if err != nil {
		a.sorry(w, r, http.StatusBadRequest, err.Error())
		return
	}
	b, err := a.office.book(u, pathID(r), day)
	if err != nil {
		a.sorry(w, r, statusOf(err), err.Error())
		return
	}
	e := a.bookingEvent(u, b, "booking.created", `A booking has been created for "%s".`)
	a.done(w, r, e, "Booked "+b.Desk.Name+".", "/?day="+day.Format(time.DateOnly))
}

func (a *App) cancel(w http.ResponseWriter, r *http.Request, u *user) {
	b, err := a.office.cancel(u, pathID(r))
	if err != nil {
		a.sorry(w, r, statusOf(err), err.Error())
		return
	}
	e := a.bookingEvent(u, b, "booking.cancelled", `The booking for "%s" has been cancelled.`)
	a.done(w, r, e, "Cancelled "+b.Desk.Name+".", "/?day="+b.Day.Format(time.DateOnly))
}

func statusOf(err error) int {
	switch {
	case errors.Is(err, errNoDesk), errors.Is(err, errNoBooking):
		return http.StatusNotFound
	case errors.Is(err, errTaken), errors.Is(err, errGone):
		return http.StatusConflict
	case errors.Is(err, errNotYours):
		return http.StatusForbidden
	}
	return http.StatusBadRequest
}

func (a *App) reportDefect(w http.ResponseWriter, r *http.Request, u *user) {
	d, err := a.office.desk(pathID(r))
	if err != nil {
		a.sorry(w, r, statusOf(err), err.Error())
		return
	}
	e := a.newEvent(u, "equipment", "equipment.reported", fmt.Sprintf(`A broken monitor has been reported at "%s".`, d.Name))
	e.Subject = &subject{Type: "Equipment", ID: fmt.Sprintf("monitor-%d", d.ID)}
	e.Impersonal = []string{"text", "action"}
	e.Action = view("/desks/%d", d.ID)
	a.done(w, r, e, "Reported the monitor at "+d.Name+".", fmt.Sprintf("/desks/%d", d.ID))
}

func (a *App) setHours(w http.ResponseWriter, r *http.Request, u *user) {
	if !a.form(w, r) {
		return
	}
	before, after, err := a.office.setHours(r.PostFormValue("opens"), r.PostFormValue("closes"))
	if err != nil {
		a.sorry(w, r, http.StatusBadRequest, err.Error())
		return
	}
	e := a.newEvent(u, "building", "building.updated", `The opening hours of "Main building" have been changed.`)
	e.Subject = &subject{Type: "Building", ID: "1", Label: "Main building"}
	e.addChange("opens", before.Opens, after.Opens)
	e.addChange("closes", before.Closes, after.Closes)
	a.saved(w, r, e, "Changed the opening hours.")
}

func (a *App) renameDesk(w http.ResponseWriter, r *http.Request, u *user) {
	if !a.form(w, r) {
		return
	}
	id, err := strconv.Atoi(r.PostFormValue("desk"))
	if err != nil {
		a.sorry(w, r, http.StatusBadRequest, errNoDesk.Error())
		return
	}
	d, old, err := a.office.rename(id, r.PostFormValue("name"))
	if err != nil {
		a.sorry(w, r, statusOf(err), err.Error())
		return
	}
	e := a.newEvent(u, "object", "object.renamed", fmt.Sprintf(`"%s" has been renamed to "%s".`, old, d.Name))
	e.Subject = &subject{Type: "Desk", ID: strconv.Itoa(d.ID), Label: d.Name}
	e.addChange("name", old, d.Name)
	e.Action = view("/desks/%d", d.ID)
	a.saved(w, r, e, "Renamed "+old+" to "+d.Name+".")
}

// saved ends a change of settings. One that changes nothing is no event.
func (a *App) saved(w http.ResponseWriter, r *http.Request, e event, line string) {
	if len(e.Changes) == 0 {
		a.sessions.setFlash(r, &flash{Line: "Nothing to save: it was so before."})
		http.Redirect(w, r, "/settings", http.StatusSeeOther)
		return
	}
	e.Impersonal = []string{"text", "subject.label", "changes", "action"}
	a.done(w, r, e, line, "/settings")
}

func (e *event) addChange(field, before, after string) {
	if before != after {
		e.Changes = append(e.Changes, change{field, before, after})
	}
}
