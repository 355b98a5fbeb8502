package serverlog

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/dgraph-io/badger/v4"
	"github.com/klauspost/compress/zstd"

	"github.com/gatebook/gatebook/store/kv"
	"github.com/gatebook/gatebook/store/serverlog/block"
)

// Expiry says which requests have expired; a zero time sets no limit.
type Expiry struct {
	// DeleteBefore is the time before which requests are deleted.
	DeleteBefore time.Time
	// ShortenBefore is the time before which addresses keep /24 (IPv4) or /48
	// (IPv6) only.
	ShortenBefore time.Time
	// DryRun only counts.
	DryRun bool
}

// Retained is what [Log.Retain] did.
type Retained struct {
	Deleted   uint64 `json:"deleted"`
	Shortened uint64 `json:"shortened"`
	// BytesBefore and BytesAfter are what the log took on the disk.
	BytesBefore int64 `json:"bytes_before"`
	BytesAfter  int64 `json:"bytes_after"`
}

// Retain deletes expired requests and shortens expired addresses, block by block,
// and frees the disk space: when it returns, no file holds what was removed.
// Recording goes on meanwhile.
func (l *Log) Retain(ctx context.Context, r Expiry) (done Retained, err error) {
	if err := l.Flush(ctx); err != nil {
		return done, err
	}
	if done.BytesBefore, err = kv.UsedBytes(l.dir); err != nil {
		return done, fmt.Errorf("measuring the server log: %w", err)
	}
	if err := l.expireAll(ctx, r, &done); err != nil {
		return done, fmt.Errorf("deleting what is too old: %w", err)
	}
	if done.BytesAfter = done.BytesBefore; r.DryRun {
		return done, nil
	}
	if err := l.compactPending(ctx); err != nil {
		return done, err
	}
	if err := l.do(ctx, func(f *flusher) error { return f.noteRetained(l.o.Now()) }); err != nil {
		return done, err
	}
	if done.BytesAfter, err = kv.UsedBytes(l.dir); err != nil {
		return done, fmt.Errorf("measuring the server log: %w", err)
	}
	return done, nil
}

// expireAll deals with all blocks, one at a time, so that others have their turn
// between them.
func (l *Log) expireAll(ctx context.Context, r Expiry, done *Retained) error {
	deleteBefore, shortenBefore := microsOr(r.DeleteBefore), microsOr(r.ShortenBefore)
	err := l.do(ctx, func(f *flusher) error { return f.dropDamaged(deleteBefore, r.DryRun, done) })
	for number, more := uint64(0), true; more && err == nil; {
		err = l.do(ctx, func(f *flusher) error {
			p := l.snapshot().from(number)
			if more = p != nil; !more {
				return nil
			}
			// A block that was merged since is looked at once more.
			number = p.last + 1
			if p.oldest >= max(deleteBefore, shortenBefore) || p.short && p.oldest >= deleteBefore {
				return nil
			}
			return f.expire(p, deleteBefore, shortenBefore, r.DryRun, done)
		})
	}
	return err
}

// microsOr is t, or what is before everything if t is zero.
func microsOr(t time.Time) int64 {
	if t.IsZero() {
		return math.MinInt64
	}
	return t.UnixMicro()
}

// expire deals with one block.
func (f *flusher) expire(p *blockMeta, deleteBefore, shortenBefore int64, dry bool, done *Retained) error {
	if p.newest < deleteBefore {
		done.Deleted += uint64(p.rows)
		if dry {
			return nil
		}
		return f.apply(&change{remove: []blockMeta{*p}, next: f.manifest.next, compact: true})
	}
	var old block.Expired
	builder, reader := newBuilder(), f.log.newReader()
	err := f.log.read(func(_ catalogue, values *blockValues) (err error) {
		if err = values.open(reader, p); err != nil {
			return err
		}
		if old, err = reader.CountExpired(deleteBefore, shortenBefore); err != nil || dry || old == (block.Expired{}) {
			return err
		}
		return builder.AddRetained(reader, deleteBefore, shortenBefore)
	})
	if err != nil {
		f.log.noteDamage(*p, err)
		return nil
	}
	if builder.Len() > 0 {
		enc, err := newEncoder(zstd.SpeedBetterCompression)
		if err != nil {
			return err
		}
		defer enc.Close()
		c := f.seal(builder, p.first, p.last, enc)
		c.remove, c.next, c.compact = []blockMeta{*p}, f.manifest.next, true
		if err := f.apply(&c); err != nil {
			return err
		}
	}
	done.Deleted, done.Shortened = done.Deleted+uint64(old.Gone), done.Shortened+uint64(old.Long)
	return nil
}

// from is the first block that has number or a later one, or nil.
func (c catalogue) from(number uint64) *blockMeta {
	for i := range c {
		if c[i].last >= number {
			return &c[i]
		}
	}
	return nil
}

func (f *flusher) noteRetained(now time.Time) error {
	value := binary.BigEndian.AppendUint64(nil, uint64(now.UnixMicro()))
	if err := f.transaction(func(txn *badger.Txn) error { return txn.Set([]byte(retainedKey), value) }); err != nil {
		return fmt.Errorf("noting the retention run: %w", err)
	}
	f.unsynced = true
	return nil
}

// LastRetained is when [Log.Retain] was last run, or zero.
func (l *Log) LastRetained() (last time.Time, err error) {
	l.reading.RLock()
	defer l.reading.RUnlock()
	if l.closed {
		return last, kv.ErrClosed
	}
	err = l.db.View(func(txn *badger.Txn) error {
		item, err := txn.Get([]byte(retainedKey))
		if err != nil {
			return err
		}
		return item.Value(func(v []byte) error {
			if len(v) == 8 {
				last = microTime(int64(binary.BigEndian.Uint64(v)))
			}
			return nil
		})
	})
	if errors.Is(err, badger.ErrKeyNotFound) {
		return time.Time{}, nil
	}
	return last, err
}

// dropDamaged deletes the damaged blocks that are expired. Only a head that is
// sound itself is believed: the times in another may be anything.
func (f *flusher) dropDamaged(deleteBefore int64, dry bool, done *Retained) error {
	var old []blockMeta
	err := f.log.read(func(_ catalogue, values *blockValues) error {
		for _, p := range f.log.damaged() {
			content, err := value(values.heads, p.headKey())
			if err != nil {
				continue
			}
			if head, err := block.ParseHead(content); err == nil && head.Newest < deleteBefore {
				p.rows = head.Rows
				old = append(old, p)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, p := range old {
		done.Deleted += uint64(p.rows)
		if dry {
			continue
		}
		if err := f.apply(&change{remove: []blockMeta{p}, next: f.manifest.next, compact: true}); err != nil {
			return err
		}
		f.log.mu.Lock()
		delete(f.log.status.damaged, [2]uint64{p.first, p.last})
		f.log.mu.Unlock()
	}
	return nil
}
