package counter

import "time"

// Conduct is how a source was answered lately. Its zero value is that of a source
// which was never answered.
type Conduct struct {
	first            int64
	answered, missed uint16
	assets, refused  uint16
}

const (
	// conductWindow is how many answers are remembered: then all are halved.
	conductWindow = 512
	// ordinaryMisses is the share of misses that programs have which look whether
	// something is there.
	ordinaryMisses = 0.6
	// A source has good standing after so many answers, over so long.
	standingAnswers = 8
	standingAfter   = int64(2 * time.Minute)
	// One that asks for no assets, as a program that uses an API, has it later, and if
	// it is answered well nearly always.
	programAnswers = 64
	programAfter   = int64(time.Hour)
	programMisses  = 16
	// ordinaryRefusals is the share of refused requests that an expired login explains.
	ordinaryRefusals = 0.25
)

// Answered adds a request that the application answered well.
func (c *Conduct) Answered(asset bool, now int64) {
	c.begin(now)
	c.answered++
	if asset {
		c.assets++
	}
	c.shorten()
}

// Missed adds a request for what is not there.
func (c *Conduct) Missed(now int64) {
	c.begin(now)
	c.missed++
	c.shorten()
}

// Refused adds a request that was answered 401.
func (c *Conduct) Refused(now int64) {
	c.begin(now)
	c.refused++
	c.shorten()
}

func (c *Conduct) begin(now int64) {
	if c.first == 0 || now < c.first {
		c.first = now
	}
}

// shorten makes what is new count more than what is old.
func (c *Conduct) shorten() {
	if c.answered+c.missed+c.refused >= conductWindow {
		c.answered, c.missed, c.assets, c.refused = c.answered/2, c.missed/2, c.assets/2, c.refused/2
	}
}

// Served reports whether the source was answered well at all.
func (c *Conduct) Served() bool { return c.answered > 0 }

// MissCost is what a further miss costs, from 0.01 to 1: a source that is answered
// well most of the time is no scanner.
func (c *Conduct) MissCost() float64 {
	share := float64(c.missed+1) / float64(c.answered+c.missed+1)
	if share <= ordinaryMisses {
		return 0.01
	}
	return share * share * share
}

// RefusedCost is what a further refusal costs, from 0.05 to 1: the login of a source
// that is answered well most of the time has expired.
func (c *Conduct) RefusedCost() float64 {
	share := float64(c.refused+1) / float64(c.answered+c.refused+1)
	if share <= ordinaryRefusals {
		return 0.05
	}
	return share
}

// CameByDeadLink reports whether all that is known of the source is one miss.
func (c *Conduct) CameByDeadLink() bool { return c.missed == 1 && c.answered == 0 && c.refused == 0 }

// Good reports whether the source has good standing: for some minutes it asked for
// pages with their assets, and was mostly answered well; or for an hour for something
// else, and was nearly always answered well.
func (c *Conduct) Good(now int64) bool {
	if c.assets > 0 {
		return c.answered >= standingAnswers && now-c.first >= standingAfter && c.answered >= 4*c.missed
	}
	return c.answered >= programAnswers && now-c.first >= programAfter && c.answered >= programMisses*(c.missed+c.refused)
}
