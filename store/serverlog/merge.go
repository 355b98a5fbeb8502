package serverlog

import (
	"context"
	"errors"
	"fmt"
	"math/bits"
	"runtime"
	"slices"

	"github.com/klauspost/compress/zstd"

	"github.com/gatebook/gatebook/store/kv"
	"github.com/gatebook/gatebook/store/serverlog/block"
)

// A block is merged with its neighbours until it is full: it has as many
// requests as a block may have, or its values are as large as values may be. A
// merge takes neighbours of one tier, so that a request is merged some four
// times however slowly requests come.
const (
	// mergeTogether neighbours of one tier become one block.
	mergeTogether = 16
	// tierBits is how many times larger the next tier is, as a power of two.
	tierBits = 4
	// maxMergedValue is how large the values of a merge may get, by the sizes of those
	// that are merged: it may come out a little larger.
	maxMergedValue = kv.MaxValue * 7 / 8
	// fullValue is the size from which a value counts as full.
	fullValue = kv.MaxValue * 3 / 4
)

// tier is 0 for up to 15 requests, 1 for up to 255 and so on.
func (p *blockMeta) tier() int { return (bits.Len(uint(p.rows)) - 1) / tierBits }

// fits reports whether p can be merged into what has grown so large.
func (p *blockMeta) fits(sum *blockMeta) bool {
	return p.rows+sum.rows <= block.MaxRows && p.head+sum.head <= maxMergedValue && p.body+sum.body <= maxMergedValue
}

func (p *blockMeta) full() bool {
	return p.rows > block.MaxRows/2 && p.rows+block.MaxRows/8 > block.MaxRows || p.head > fullValue || p.body > fullValue
}

// due finds neighbours that should be merged now, or nil. With all it finds any
// that can be, and blocks that could be compressed better.
// Nothing is merged across damaged, or what is not shown would seem to be merged.
func (c catalogue) due(all bool, damaged []blockMeta) catalogue {
	for start := 0; start < len(c); {
		sum, end := c[start], start+1
		for ; end < len(c) && !sum.full() && c[end].fits(&sum) && !between(damaged, &c[end-1], &c[end]); end++ {
			sum.rows, sum.head, sum.body = sum.rows+c[end].rows, sum.head+c[end].head, sum.body+c[end].body
		}
		run := c[start:end]
		if len(run) > maxRemoved {
			run = run[:maxRemoved]
		}
		if len(run) > 1 && (all || sum.full() || end < len(c)) {
			return run
		}
		if all && !run[0].dense {
			return run[:1]
		}
		if tiered := run.sameTier(); tiered != nil {
			return tiered
		}
		start = end
	}
	return nil
}

// rows is how many requests the blocks have.
func (c catalogue) rows() (n int) {
	for i := range c {
		n += c[i].rows
	}
	return n
}

// between reports whether one of the blocks lies between two.
func between(list []blockMeta, before, after *blockMeta) bool {
	return slices.ContainsFunc(list, func(s blockMeta) bool { return s.first > before.last && s.last < after.first })
}

// sameTier finds the last run of mergeTogether neighbours of one tier.
func (c catalogue) sameTier() catalogue {
	for end := len(c); end >= mergeTogether; end-- {
		run := c[end-mergeTogether : end]
		same := true
		for i := range run {
			same = same && run[i].tier() <= run[len(run)-1].tier()
		}
		if same {
			return run
		}
	}
	return nil
}

// mergeDue makes the first merge that is due, if any. It makes one at a time, so
// that the queue is emptied in between.
func (f *flusher) mergeDue() error {
	run := f.log.snapshot().due(false, f.log.damaged())
	if run == nil {
		return nil
	}
	if err := f.mergeKept(run); err != nil {
		return err
	}
	select {
	case f.log.merges <- struct{}{}:
	default:
	}
	return nil
}

// merger is the memory that a merge takes, some 15 MB. Taking it for each merge
// would cost as much as merging.
type merger struct {
	enc     *zstd.Encoder
	builder *block.Builder
	reader  *block.Reader
	// idle counts the seconds since the last merge.
	idle int
}

// maxIdle is for how many seconds the memory is kept for the next merge.
const maxIdle = 5

func (f *flusher) newMerger(level zstd.EncoderLevel) (*merger, error) {
	enc, err := newEncoder(level)
	if err != nil {
		return nil, err
	}
	return &merger{enc: enc, builder: newBuilder(), reader: f.log.newReader()}, nil
}

// close gives up what the encoder holds.
func (m *merger) close() { _ = m.enc.Close() } // it writes nowhere

// mergeKept merges with the memory that is kept.
func (f *flusher) mergeKept(run catalogue) (err error) {
	if f.merger == nil {
		if f.merger, err = f.newMerger(zstd.SpeedBetterCompression); err != nil {
			return err
		}
	}
	f.merger.idle = 0
	return f.merge(run, f.merger)
}

// releaseMerger gives up the merger's memory once there is nothing to merge.
func (f *flusher) releaseMerger() {
	if f.merger == nil {
		return
	}
	if f.merger.idle++; f.merger.idle > maxIdle {
		f.merger.close()
		f.merger = nil
	}
}

// merge makes one block of neighbours.
func (f *flusher) merge(run catalogue, m *merger) error {
	builder, reader := m.builder, m.reader
	builder.Reset()
	builder.Grow(run.rows())
	err := f.log.read(func(_ catalogue, values *blockValues) error {
		for i := range run {
			err := values.open(reader, &run[i])
			if err == nil {
				err = builder.AddBlock(reader, nil, nil)
			}
			if err != nil {
				return damagedBlock{run[i], err}
			}
		}
		return nil
	})
	if damaged := (damagedBlock{}); errors.As(err, &damaged) {
		f.log.noteDamage(damaged.blockMeta, damaged.err)
		return nil
	}
	if err != nil {
		return fmt.Errorf("merging: %w", err)
	}
	c := f.seal(builder, run[0].first, run[len(run)-1].last, m.enc)
	c.remove = run
	f.written += len(c.head) + len(c.body)
	return f.apply(&c)
}

// damagedBlock is the error of a merge that meets a damaged block, which is skipped
// from then on.
type damagedBlock struct {
	blockMeta
	err error
}

func (d damagedBlock) Error() string { return d.err.Error() }
func (d damagedBlock) Unwrap() error { return d.err }

// Seal merges the stored requests into as few blocks as possible and frees the disk
// space.
func (l *Log) Seal(ctx context.Context) error {
	if err := l.Flush(ctx); err != nil {
		return err
	}
	if err := l.mergeAll(ctx); err != nil {
		return err
	}
	return l.compact(ctx)
}

func (l *Log) mergeAll(ctx context.Context) error {
	for more := true; more; {
		// What a merge and Badger's compactions leave behind is some 100 MB, as much
		// as what they hold. Collecting it costs milliseconds, a merge a second.
		runtime.GC()
		err := l.do(ctx, func(f *flusher) error {
			f.limitGarbage()
			list := l.snapshot()
			run := list.due(true, l.damaged())
			if more = run != nil; !more {
				return nil
			}
			// The best level saves 3 %, takes ten times as long and some 40 MB: it
			// is for a block that is a large part of a small log.
			if 3*run.rows() < list.rows() {
				return f.mergeKept(run)
			}
			m, err := f.newMerger(zstd.SpeedBestCompression)
			if err != nil {
				return err
			}
			defer m.close()
			return f.merge(run, m)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
