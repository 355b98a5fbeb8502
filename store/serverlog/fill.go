package serverlog

// fill estimates the sizes of a block's values before they are made, from those of
// the blocks before.
type fill struct {
	// quick is what the last part took, dense what the last full block took; zero
	// where there was none.
	quick, dense takes
}

// takes are bytes of values: of the head for each byte of text, of the body for each
// request.
type takes struct{ head, body float64 }

const (
	// maxCurrentText bounds the memory of texts that compress to little.
	maxCurrentText = 4 << 20
	// fewRows make no estimate.
	fewRows = 1000
	// denser is what a full block takes of what its parts took, at the least.
	denser = 0.75
	// margin is how much more than the last full block the next one may take.
	margin = 1.05
)

// full reports whether the values of a block are as large as they should get.
func (f *fill) full(rows, text int) bool {
	guess := f.guess()
	return text > maxCurrentText || float64(text)*guess.head > maxMergedValue || float64(rows)*guess.body > maxMergedValue
}

func (f *fill) guess() takes {
	switch {
	case f.quick == takes{}:
		return takes{head: float64(maxMergedValue) / newBlockText, body: float64(maxMergedValue) / newBlockRows}
	case f.dense == takes{}:
		return f.quick
	}
	return takes{max(denser*f.quick.head, margin*f.dense.head), max(denser*f.quick.body, margin*f.dense.body)}
}

// learn notes what a block of so much text has taken.
func (f *fill) learn(c *change, text int) {
	if c.add.rows < fewRows {
		return
	}
	took := takes{float64(len(c.head)) / float64(max(text, 1)), float64(len(c.body)) / float64(c.add.rows)}
	if c.add.dense {
		f.dense = took
	} else {
		f.quick = took
	}
}
