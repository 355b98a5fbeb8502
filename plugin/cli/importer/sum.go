package importer

import (
	"fmt"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/gatebook/gatebook/plugin/cli/command"
	"github.com/gatebook/gatebook/record"
)

// Sum counts requests that were imported.
type Sum struct {
	Requests, NoAddress, Expired int
	// First and Last are the times of the oldest and the newest.
	First, Last time.Time
}

func (s *Sum) add(more Sum) {
	if more.Requests == 0 {
		return
	}
	if s.Requests == 0 || more.First.Before(s.First) {
		s.First = more.First
	}
	if s.Requests == 0 || more.Last.After(s.Last) {
		s.Last = more.Last
	}
	s.Requests += more.Requests
	s.NoAddress += more.NoAddress
	s.Expired += more.Expired
}

// Expiry says which requests are too old to be kept.
type Expiry struct {
	// Before is the time before which they are; zero if that is not known.
	Before time.Time
	// Says is how the summary goes on behind "12 of 40 requests are ".
	Says string
}

// count sums up requests.
func (e Expiry) count(requests []record.Request) (sum Sum) {
	for i := range requests {
		r := &requests[i]
		one := Sum{Requests: 1, First: r.Time, Last: r.Time}
		if !r.IP.IsValid() {
			one.NoAddress = 1
		}
		if r.Time.Before(e.Before) {
			one.Expired = 1
		}
		sum.add(one)
	}
	return sum
}

// say returns a line about expired requests, "" if there are none.
func (e Expiry) say(sum Sum) string {
	if sum.Expired == 0 {
		return ""
	}
	return fmt.Sprintf("%s of %s %s", humanize.Comma(int64(sum.Expired)), command.Count(sum.Requests, "request is", "requests are"), e.Says)
}
