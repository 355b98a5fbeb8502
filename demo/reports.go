package demo

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"path/filepath"
	"runtime"
	"strconv"
	"time"
)

// slowReport is how long /reports/slow takes.
const slowReport = time.Second

func (a *App) reports(w http.ResponseWriter, r *http.Request) {
	a.show(w, r, http.StatusOK, "reports", "Reports", nil, a.office.occupancy())
}

type usage struct {
	Zone                   string
	Desks, Today, Tomorrow int
}

// occupancy counts the bookings of both days by zone.
func (o *office) occupancy() []*usage {
	days := o.days()
	desks, today := o.plan(days[0])
	_, tomorrow := o.plan(days[1])
	var out []*usage
	for _, d := range desks {
		if len(out) == 0 || out[len(out)-1].Zone != d.Zone {
			out = append(out, &usage{Zone: d.Zone})
		}
		z := out[len(out)-1]
		z.Desks++
		if _, ok := today[d.ID]; ok {
			z.Today++
		}
		if _, ok := tomorrow[d.ID]; ok {
			z.Tomorrow++
		}
	}
	return out
}

func (a *App) export(w http.ResponseWriter, r *http.Request, u *user) {
	list := a.office.list(nil)
	e := a.newEvent(u, "global", "booking.exported", "Bookings have been exported.")
	e.Impersonal = []string{"text", "details"}
	e.Details = map[string]any{"rows": len(list)}
	// A download leaves the page as it is: the line waits for the next one.
	a.sessions.setFlash(r, &flash{Line: fmt.Sprintf("Exported %d bookings.", len(list)), Logged: true, Header: addEvent(w, e)})

	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="bookings.csv"`)
	out := csv.NewWriter(w)
	// No cell starts a formula: names of desks start with a letter or digit.
	rows := [][]string{{"booking", "day", "desk", "zone", "name", "email"}}
	for _, b := range list {
		rows = append(rows, []string{strconv.Itoa(b.ID), b.Day.Format(time.DateOnly), b.Desk.Name, b.Desk.Zone, b.User.Name, b.User.Email})
	}
	if err := out.WriteAll(rows); err != nil {
		panic(http.ErrAbortHandler) // the visitor has left
	}
}

// slow takes its time, unless the visitor leaves.
func (a *App) slow(w http.ResponseWriter, r *http.Request) {
	timer := time.NewTimer(slowReport)
	defer timer.Stop()
	select {
	case <-r.Context().Done():
	case <-timer.C:
		a.show(w, r, http.StatusOK, "slow", "Yearly report", nil, nil)
	}
}

// broken fails, and sends the operators the reason: that goes into the server log and
// never into the application log.
func (a *App) broken(w http.ResponseWriter, r *http.Request) {
	a.fail(w, "QueryException", "no such table: occupancy_by_month")
	a.sorry(w, r, http.StatusInternalServerError, "This report is broken on purpose. The server log says why.")
}

// fail puts X-App-Error on the response, with the caller as the place.
func (a *App) fail(w http.ResponseWriter, kind, message string) {
	_, file, line, _ := runtime.Caller(1)
	w.Header().Set("X-App-Error", headerJSON(map[string]string{
		"type": kind, "message": message,
		"where": fmt.Sprintf("demo/%s:%d", filepath.Base(file), line),
	}))
}
