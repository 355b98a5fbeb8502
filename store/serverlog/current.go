package serverlog

import (
	"github.com/klauspost/compress/zstd"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/serverlog/block"
)

// current are the newest requests, in memory, from the first one of a block that is
// not full. Each flush writes those that came since the one before as a block; the
// full block is then made from memory, without reading those blocks back.
type current struct {
	rows block.Builder
	// first is the number of row 0. The rows follow each other.
	first uint64
	// written counts the rows that are in blocks, on the disk or pending.
	written int
	// stale says that the rows cannot be used any more: their blocks have changed
	// otherwise, or are full.
	stale bool
	// part is the memory to make a block of some of the rows.
	part block.Builder
	// sizes estimates how large the values of all rows would be.
	sizes block.Estimate
	// idle counts the seconds since the last request.
	idle int
}

// busyRows is from how many rows on a block will be full soon: its memory is taken
// at once, which growing step by step would copy five times.
const busyRows = 4096

// add adds a request, which must follow the one before.
func (c *current) add(number uint64, r *record.Request) {
	if c.rows.Len() == 0 {
		c.first = number
	}
	if c.rows.Len() == busyRows {
		c.rows.Grow(block.MaxRows - busyRows)
	}
	c.rows.Add(number, r)
	c.idle = 0
}

func (c *current) reset() {
	c.rows.Reset()
	c.written, c.stale = 0, false
}

// full reports whether a block has no room for more.
func (c *current) full() bool {
	return c.rows.Len() == block.MaxRows || c.tooLarge(c.rows.Len(), c.rows.TextSize())
}

// maxCurrentText bounds the memory of texts that compress to little.
const maxCurrentText = 4 << 20

// tooLarge reports whether so many rows, with so many bytes of different texts, make
// values as large as they should get.
func (c *current) tooLarge(rows, text int) bool {
	head, body := c.sizes.Values(rows, text)
	return text > maxCurrentText || head > maxMergedValue || body > maxMergedValue
}

func (c *current) learn(made *change, text int) {
	c.sizes.Learn(made.add.rows, text, len(made.head), len(made.body), made.add.dense)
}

// nearlyFull reports whether what there is room for is not worth a block of its own
// and a merge.
func (c *current) nearlyFull() bool {
	const eighth = 8
	rows, text := c.rows.Len(), c.rows.TextSize()
	return rows > block.MaxRows-block.MaxRows/eighth || c.tooLarge(rows+rows/eighth, text+text/eighth)
}

// unwritten estimates the bytes of the rows that are not in blocks.
func (c *current) unwritten() int64 {
	if c.rows.Len() == 0 {
		return 0
	}
	const numbers = 64 // of one row
	rows := int64(c.rows.Len() - c.written)
	return rows * (numbers + int64(c.rows.TextSize()/c.rows.Len()))
}

// touched reports whether a change is about blocks of the rows.
func (c *current) touched(by *change) bool {
	if c.rows.Len() == 0 {
		return false
	}
	touched := by.add != nil && by.add.last >= c.first
	for i := range by.remove {
		touched = touched || by.remove[i].last >= c.first
	}
	return touched
}

// rowsOf returns the rows that blocks were made of, if they are here.
func (c *current) rowsOf(run catalogue) (start, end int, ok bool) {
	if c.stale || c.written == 0 || len(run) == 0 || run[0].first < c.first {
		return 0, 0, false
	}
	next := run[0].first
	for i := range run {
		if run[i].first != next || uint64(run[i].rows) != run[i].last-run[i].first+1 {
			return 0, 0, false
		}
		next = run[i].last + 1
	}
	if next > c.first+uint64(c.written) {
		return 0, 0, false
	}
	return int(run[0].first - c.first), int(next - c.first), true
}

// builderOf returns a builder that has some of the rows, good for one Encode.
func (c *current) builderOf(start, end int) *block.Builder {
	if start == 0 && end == c.rows.Len() {
		return &c.rows
	}
	c.part.Take(&c.rows, start, end)
	return &c.part
}

// add puts a request into the current block.
func (f *flusher) add(r *record.Request) {
	c := &f.current
	if c.rows.Len() > 0 && (c.stale || f.next != c.first+uint64(c.rows.Len())) {
		f.sealPart()
		c.reset()
	} else if c.full() {
		f.complete()
	}
	c.add(f.next, r)
	f.next++
}

// sealPart makes a pending block of the rows that are in none.
func (f *flusher) sealPart() {
	c := &f.current
	start, end := c.written, c.rows.Len()
	if start == end {
		return
	}
	b := c.builderOf(start, end)
	part := f.seal(b, c.first+uint64(start), c.first+uint64(end)-1, f.quick)
	c.learn(&part, b.TextSize())
	f.pending = f.split(f.pending, part)
	c.written = end
}

// sealRest leaves no row that is in no block.
func (f *flusher) sealRest() {
	if f.current.written < f.current.rows.Len() && f.current.nearlyFull() {
		f.complete()
		return
	}
	f.sealPart()
}

// complete makes one block of all rows in place of those that were made of them,
// writes it, and begins the next. If it cannot be made, the rows that are in no block
// become pending, and the blocks are left to a later merge.
func (f *flusher) complete() {
	if len(f.pending) > 0 || !f.sealAllRows() {
		f.sealPart()
	}
	f.current.reset()
	// What fails is tried again by the flush that follows, which reports it.
	_ = f.write()
}

// sealAllRows reports whether all rows have become one pending block.
func (f *flusher) sealAllRows() bool {
	c := &f.current
	run, ok := f.currentBlocks()
	if !ok || f.keepMerger() != nil {
		return false
	}
	all := f.seal(&c.rows, c.first, c.first+uint64(c.rows.Len())-1, f.merger.enc)
	c.learn(&all, c.rows.TextSize())
	if !all.fits() {
		return false
	}
	all.remove = run
	f.pending = append(f.pending, all)
	return true
}

// mergeRows makes one block of blocks whose rows are here.
func (f *flusher) mergeRows(run catalogue, start, end int, enc *zstd.Encoder) error {
	b := f.current.builderOf(start, end)
	c := f.seal(b, run[0].first, run[len(run)-1].last, enc)
	f.current.learn(&c, b.TextSize())
	c.remove, c.current = run, true
	if err := f.apply(&c); err != nil {
		return err
	}
	f.current.stale = f.current.stale || c.add.full()
	return nil
}

// currentBlocks lists the stored blocks of the rows, if they are what was written.
func (f *flusher) currentBlocks() (run catalogue, ok bool) {
	c := &f.current
	if c.written == 0 {
		return nil, !c.stale
	}
	for list := f.log.snapshot(); len(list) > 0; list = list[1:] {
		if list[0].first >= c.first {
			run = list
			break
		}
	}
	start, end, ok := c.rowsOf(run)
	return run, ok && start == 0 && end == c.written && len(run) <= maxRemoved
}

// releaseCurrent gives up the memory of the rows once no more come.
func (f *flusher) releaseCurrent() {
	c := &f.current
	if c.idle++; c.idle > maxIdle && c.written == c.rows.Len() {
		*c = current{sizes: c.sizes}
		c.reset()
	}
}
