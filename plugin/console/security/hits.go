package security

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/gatebook/gatebook/plugin/console/view"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/display"
	"github.com/gatebook/gatebook/record/query"
)

// Bounds of counting whom a decision would hit.
const (
	hitsBack  = 24 * time.Hour
	hitsTime  = 5 * time.Second // for all subjects of a decision together
	maxHits   = 50_000          // requests of one subject
	maxValues = 1000            // different ones of a kind
)

// A place that so many people or user agents came from is shared: an office, a
// school, a mobile network.
const (
	sharedUsers  = 5
	sharedAgents = 20
)

// errStop stops a read whose rest is not needed.
var errStop = errors.New("enough was read")

// hits are the recent clients of a subject.
type hits struct {
	requests                 int
	agents, users, addresses map[string]bool
	// more reports that there were too many to count, or too little time.
	more bool
	// everyone reports that the subject is the whole instance.
	everyone bool
}

func (h *hits) shared() bool {
	return h.everyone || len(h.users) >= sharedUsers || len(h.agents) >= sharedAgents
}

func (h *hits) add(r *record.Request) error {
	if h.requests == maxHits {
		h.more = true
		return errStop
	}
	h.requests++
	remember(h.agents, r.UserAgent)
	remember(h.users, r.User)
	remember(h.addresses, r.IP.String())
	return nil
}

func remember(set map[string]bool, value string) {
	if value == "" || set[value] || len(set) == maxValues {
		return
	}
	set[strings.Clone(value)] = true // a request may be overwritten
}

// countHits counts for each subject the clients that came from it since a time.
func countHits(ctx context.Context, log view.RequestLog, subjects []subject, since time.Time) ([]hits, error) {
	within, cancel := context.WithTimeout(ctx, hitsTime)
	defer cancel()
	all := make([]hits, len(subjects))
	for i, s := range subjects {
		h := hits{agents: map[string]bool{}, users: map[string]bool{}, addresses: map[string]bool{}}
		q := query.Requests{From: since}
		switch s.Kind {
		case record.AddressSubject:
			q.Prefix, _ = netip.ParsePrefix(s.Value)
		case record.AccountSubject:
			q.User = s.Value
		default:
			h.everyone = true
		}
		if s.flag != nil {
			h.addLogins(s.flag.Logins, q.From)
		}
		if !h.everyone {
			err := log.EachRequest(within, q, h.add)
			switch {
			case err == nil, errors.Is(err, errStop):
			case errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil:
				h.more = true
			default:
				return nil, fmt.Errorf("counting whom a decision hits: %w", err)
			}
		}
		all[i] = h
	}
	return all, nil
}

// addLogins counts the people who logged in: most applications know their users
// themselves, and the gate by these events alone.
func (h *hits) addLogins(logins []record.Event, from time.Time) {
	for i := range logins {
		if e := &logins[i]; isLogin(e) && e.Outcome == record.OutcomeSuccess && !e.Time.Before(from) {
			remember(h.users, display.WhoLine(e))
		}
	}
}

func isLogin(e *record.Event) bool { return e.Category == "login" }

// hitsText is hits in the user's language.
type hitsText struct {
	Requests, Agents, Users, Addresses string
	Everyone, Shared                   bool
}

func (v *Pages) hitsText(s *subject, h *hits) hitsText {
	number := func(n int) string {
		if h.more {
			return v.Translate("more than %d", n)
		}
		return v.Translate("%d", n)
	}
	t := hitsText{Requests: number(h.requests), Agents: number(len(h.agents)), Users: number(len(h.users)), Everyone: h.everyone, Shared: h.shared()}
	if p, err := netip.ParsePrefix(s.Value); err == nil && s.Kind == record.AddressSubject && !p.IsSingleIP() {
		t.Addresses = number(len(h.addresses))
	}
	return t
}
