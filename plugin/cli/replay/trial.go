package replay

import (
	"fmt"

	"github.com/gatebook/gatebook/logformat"
	"github.com/gatebook/gatebook/plugin/abuse"
)

// trial is a set of rules that is replayed.
type trial struct {
	// name is "default", or the instance whose abuse block it is.
	name     string
	detector *abuse.Detector
	found    []abuse.Overflow
}

// replaySeed makes the hashes, and so the result, the same every time.
const replaySeed = 1

func newTrial(name string, c abuse.Config) (*trial, error) {
	c.Seed = replaySeed
	// The log does not say what a gate would have refused: nothing is.
	c.Enforce = false
	d, err := abuse.New(c)
	if err != nil {
		return nil, fmt.Errorf("rules of %s: %w", name, err)
	}
	return &trial{name: name, detector: d}, nil
}

// observe gives a request to the detector, and returns the rules that overflow.
func (t *trial) observe(e *logformat.Entry) []abuse.Overflow {
	crossSite := abuse.CrossSite("", e.Referer, e.Host)
	t.detector.Admit(abuse.Client{Addr: e.IP, UserAgent: e.UserAgent, Method: e.Method, Path: e.Path, Query: e.Query, Caused: crossSite}, e.Time)
	found := t.detector.Observe(&abuse.Request{
		Request: &e.Request, AuthFailed: e.AuthFailed, CrossSite: crossSite,
	}, e.Time)
	if e.User != "" && e.Method == "POST" && (e.AuthFailed || e.Status < 400) {
		found = append(found, t.detector.Login(&abuse.LoginEvent{
			Addr: e.IP, UserAgent: e.UserAgent, Account: e.User, Success: !e.AuthFailed, Path: e.Path,
		}, e.Time)...)
	}
	// The flags are not stored.
	if len(found) > 0 {
		t.detector.TakeChanged()
	}
	return found
}
