package detection

import (
	"net/http"
	"strings"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/applog"
)

// Observe passes a finished request to the detector.
func (d *Detection) Observe(r *abuse.Request) {
	active := d.active.Load()
	if active != nil && len(active.Observe(r, time.Now())) > 0 {
		d.Changed()
	}
}

// LoginRequest is a request whose response had login events.
type LoginRequest struct {
	Client abuse.Client
	Origin Origin
	// Response is the header of the response, which may set a session cookie.
	Response http.Header
}

// ObserveLogins passes the login events of a request to the detector. stored says
// what became of each event in the application log.
func (d *Detection) ObserveLogins(r LoginRequest, events []record.Event, stored []applog.Appended) {
	active := d.active.Load()
	if active == nil || !r.Client.Addr.IsValid() || r.Origin == FromProxy {
		return
	}
	for i := range events {
		account := loginAccount(&events[i])
		// A denied login had the right password.
		if account == "" || stored[i].Duplicate || events[i].Outcome == record.OutcomeDenied {
			continue
		}
		d.logins.add(r.Client.Addr, stored[i].Seq)
		login := r.login(account, events[i].Outcome == record.OutcomeSuccess, active.Cookie)
		if len(active.Login(&login, time.Now())) > 0 || login.Success {
			d.Changed()
		}
	}
}

func (r *LoginRequest) login(account string, success bool, cookie SessionCookie) abuse.LoginEvent {
	c := &r.Client
	login := abuse.LoginEvent{
		Addr: c.Addr, UserAgent: c.UserAgent, Path: c.Path, Method: c.Method, Session: c.Session,
		Account: account, Success: success, CrossSite: r.Origin == FromOtherSite,
	}
	if success {
		// Only the cookie that the login sets is the user's: an earlier one may be
		// known to whoever set it.
		login.Session = cookie.NewSession(r.Response)
	}
	return login
}

// loginAccount returns the account of a login event; "" for other events.
func loginAccount(e *record.Event) string {
	if e.Category != record.CategoryLogin || strings.HasSuffix(e.Type, "logout") || strings.HasSuffix(e.Type, "logged_out") {
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

// verified passes the answer about a crawler's claim to the detector.
func (d *Detection) verified(claim crawlerClaim, genuine bool) {
	active := d.active.Load()
	if active == nil {
		return
	}
	if found, err := active.Verified(claim.engine, claim.addr, genuine, time.Now()); err == nil && len(found) > 0 {
		d.Changed()
	}
}
