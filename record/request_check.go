package record

import (
	"fmt"
	"time"
)

// The times that a request may have, so that it can be written as RFC 3339 in
// any zone, which has four digits for the year.
var (
	firstTime = time.Unix(0, 0)
	lastTime  = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
)

// Check refuses what no server writes. Requests that come from elsewhere than
// the gate have to pass it: one that cannot be written again would break every
// list that it is in. The error is safe to show.
func (r *Request) Check() error {
	switch {
	case r.Time.Before(firstTime) || !r.Time.Before(lastTime):
		return fmt.Errorf("time %s is not between 1970 and 9998", r.Time.UTC().Format(time.RFC3339))
	case r.Status < 0 || r.Status > 999:
		return fmt.Errorf("status %d is out of range", r.Status)
	case r.Bytes < 0 || r.BytesIn < 0 || r.Duration < 0:
		return fmt.Errorf("bytes, bytes_in or the duration is negative")
	}
	switch r.Verdict {
	case "", VerdictPass, VerdictThrottle, VerdictBan:
		return nil
	}
	return fmt.Errorf("verdict %q must be pass, throttle or ban", Cut(string(r.Verdict), 64))
}
