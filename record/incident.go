package record

import "time"

// Incident is a time in which the whole instance was attacked.
type Incident struct {
	// Rule is what told of it.
	Rule  string    `json:"rule"`
	Begin time.Time `json:"begin"`
	// Last is when it was last seen to go on, End when it ended; a zero End is not
	// yet.
	Last time.Time `json:"last"`
	End  time.Time `json:"end,omitzero"`
	// Peak is the most requests a second, Usual how many are usual. Both are 0 where
	// the incident is no flood.
	Peak  int `json:"peak,omitempty"`
	Usual int `json:"usual,omitempty"`
	// Throttled and Banned are the requests that the gate refused meanwhile.
	Throttled uint64 `json:"throttled"`
	Banned    uint64 `json:"banned"`
}

// IncidentLost is how long after it was last seen an incident is over of which nothing
// more is known: no gate runs that could have said how it ended.
const IncidentLost = 2 * time.Hour

// Open reports whether the incident goes on at now.
func (i *Incident) Open(now time.Time) bool {
	return i.End.IsZero() && now.Before(i.Last.Add(IncidentLost))
}

// Ended returns when the incident ended, the zero time if it goes on at now.
func (i *Incident) Ended(now time.Time) time.Time {
	switch {
	case !i.End.IsZero():
		return i.End
	case i.Open(now):
		return time.Time{}
	}
	return i.Last
}

// MaxIncidents is how many incidents a flag keeps.
const MaxIncidents = 200

// AddIncident adds an incident; where there are too many the first one goes.
func (f *Flag) AddIncident(i Incident) {
	f.Incidents = append(f.Incidents[max(0, len(f.Incidents)-MaxIncidents+1):], i)
}

// AllIncidents are the incidents of an instance. Flags of earlier versions know only
// when each rule first and last counted.
func (f *Flag) AllIncidents() []Incident {
	if f.Subject.Kind != InstanceSubject {
		return nil
	}
	var all []Incident
	for _, r := range f.Rules {
		if first := f.firstIncident(r.Rule); first.IsZero() || r.First.Before(first) {
			last := r.Last
			if !first.IsZero() {
				last = r.First
			}
			all = append(all, Incident{Rule: r.Rule, Begin: r.First, Last: last, End: last})
		}
	}
	return append(all, f.Incidents...)
}

// firstIncident returns when the first incident of a rule began.
func (f *Flag) firstIncident(rule string) time.Time {
	for i := range f.Incidents {
		if f.Incidents[i].Rule == rule {
			return f.Incidents[i].Begin
		}
	}
	return time.Time{}
}
