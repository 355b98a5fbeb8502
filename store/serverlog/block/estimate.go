package block

// Estimate tells how large the values of a block will get before they are made,
// from those of the blocks before.
type Estimate struct {
	// quick is what the last block took that was not dense, dense what the last one
	// took that was; zero where there was none.
	quick, dense takes
}

// takes are bytes of values: of the head for each byte of text, of the body for each
// request.
type takes struct{ head, body float64 }

const (
	// fewRows make no estimate.
	fewRows = 1000
	// denser is what a dense block takes of what quick ones of its requests took, at
	// the least.
	denser = 0.75
	// margin is how much more than the last dense block the next one may take.
	margin = 1.05
	// unknownRow is what the body takes for each request where nothing is known: as
	// much as numbers do that are random.
	unknownRow = 16
)

// Values estimates the sizes of a dense block's values.
func (e *Estimate) Values(rows, text int) (head, body int) {
	per := e.quick
	switch {
	case e.quick == takes{}:
		per = takes{head: 1, body: unknownRow}
	case e.dense != takes{}:
		per = takes{max(denser*e.quick.head, margin*e.dense.head), max(denser*e.quick.body, margin*e.dense.body)}
	}
	return int(per.head * float64(text)), int(per.body * float64(rows))
}

// Learn notes what a block has taken.
func (e *Estimate) Learn(rows, text, head, body int, dense bool) {
	if rows < fewRows {
		return
	}
	took := takes{float64(head) / float64(max(text, 1)), float64(body) / float64(rows)}
	if dense {
		e.dense = took
	} else {
		e.quick = took
	}
}
