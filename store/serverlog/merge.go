package serverlog

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"github.com/klauspost/compress/zstd"

	"github.com/gatebook/gatebook/store/serverlog/block"
)

// mergeDue makes the first merge that is due, if any. It makes one at a time, so
// that the queue is emptied in between.
func (f *flusher) mergeDue() error {
	run := f.log.snapshot().due(false, f.log.damaged())
	if run == nil {
		return nil
	}
	var err error
	if start, end, ok := f.current.rowsOf(run); ok && !run.full() {
		// It will be merged again soon.
		err = f.mergeRows(run, start, end, f.quick)
	} else {
		err = f.mergeKept(run)
	}
	if err != nil {
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
func (f *flusher) mergeKept(run catalogue) error {
	if err := f.keepMerger(); err != nil {
		return err
	}
	return f.merge(run, f.merger)
}

// keepMerger makes the memory for merges, or keeps it for some more seconds.
func (f *flusher) keepMerger() (err error) {
	if f.merger == nil {
		if f.merger, err = f.newMerger(zstd.SpeedBetterCompression); err != nil {
			return err
		}
	}
	f.merger.idle = 0
	return nil
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
	if start, end, ok := f.current.rowsOf(run); ok {
		return f.mergeRows(run, start, end, m.enc)
	}
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
