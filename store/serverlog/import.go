package serverlog

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"slices"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/kv"
)

// ErrImportGap says that a chunk of an import does not begin where the stored part
// ends; see [Log.Imported].
var ErrImportGap = errors.New("the piece does not follow what is stored of this import")

// MaxImportChunk is how many requests one chunk may have.
const MaxImportChunk = 8192

// maxImportID is the longest name of an import.
const maxImportID = 128

// Imported returns how much of the import id is stored; zero if it is unknown.
func (l *Log) Imported(ctx context.Context, id string) (ImportCheckpoint, error) {
	var m ImportCheckpoint
	err := l.do(ctx, func(f *flusher) (err error) {
		m, err = f.imported(id)
		return err
	})
	return m, err
}

func (f *flusher) imported(id string) (m ImportCheckpoint, err error) {
	if id == "" || len(id) > maxImportID {
		return m, fmt.Errorf("the import's id must have 1 to %d bytes", maxImportID)
	}
	err = f.log.db.View(func(txn *badger.Txn) error {
		item, err := txn.Get((&importCheckpoint{id: id}).key())
		if err != nil {
			return err
		}
		return item.Value(func(v []byte) error {
			if len(v) != 8+len(m.Sum) {
				return fmt.Errorf("its mark has %d bytes", len(v))
			}
			m.Bytes = int64(binary.BigEndian.Uint64(v))
			copy(m.Sum[:], v[8:])
			return nil
		})
	})
	if errors.Is(err, badger.ErrKeyNotFound) {
		return ImportCheckpoint{}, nil
	}
	if err != nil {
		return m, fmt.Errorf("reading how far the import came: %w", err)
	}
	return m, nil
}

// Import stores a chunk of the import id, which begins at the byte from and ends
// where end says, all of it or nothing: it returns when the chunk and its
// checkpoint are on the disk. Options.Name completes the requests, which are sorted
// by time. A chunk that is imported twice is stored once, and an ErrImportGap the
// second time.
func (l *Log) Import(ctx context.Context, id string, from int64, end ImportCheckpoint, requests []record.Request) error {
	if len(requests) > MaxImportChunk {
		return fmt.Errorf("a piece of %d requests is too large; %d are allowed", len(requests), MaxImportChunk)
	}
	slices.SortStableFunc(requests, func(a, b record.Request) int { return a.Time.Compare(b.Time) })
	return l.do(ctx, func(f *flusher) error {
		have, err := f.imported(id)
		if err != nil {
			return err
		}
		if have.Bytes != from || end.Bytes < from {
			return fmt.Errorf("%w, which is %d bytes", ErrImportGap, have.Bytes)
		}
		return f.importChunk(&importCheckpoint{id, end}, requests)
	})
}

// importChunk stores requests and the checkpoint.
func (f *flusher) importChunk(mark *importCheckpoint, requests []record.Request) error {
	if err := f.flush(); err != nil {
		return err
	}
	f.limitGarbage()
	first := f.next
	changes := f.sealAll(nil, f.imports(requests))
	if len(changes) == 0 {
		changes = append(changes, change{next: f.next})
	}
	for i := range changes {
		changes[i].begin = &first
	}
	last := &changes[len(changes)-1]
	last.imported, last.begin, last.finish = mark, nil, true
	for i := range changes {
		if err := f.apply(&changes[i]); err != nil {
			return errors.Join(err, f.rollBack(first))
		}
		f.written += len(changes[i].head) + len(changes[i].body)
	}
	if err := f.syncNow(); err != nil {
		return fmt.Errorf("syncing the import: %w", err)
	}
	f.log.noteMerge(f.mergeDue())
	return nil
}

// collectAfter is how many bytes of values are written between two collections.
const collectAfter = 8 << 20

// limitGarbage releases the buffers of Badger's tables and collects garbage once an
// import, or the merges of Seal, have written enough. Compactions write each value
// several times, with some ten bytes of buffers for each byte. Doing this more often
// costs the import more time than it saves memory.
func (f *flusher) limitGarbage() {
	if f.written < collectAfter {
		return
	}
	f.written = 0
	kv.ReleaseBuffers(f.log.db)
	runtime.GC()
}

// imports yields requests after they have been named.
func (f *flusher) imports(requests []record.Request) iter.Seq[*record.Request] {
	return func(yield func(*record.Request) bool) {
		for i := range requests {
			r := &requests[i]
			r.Time = microTime(r.Time.UnixMicro())
			f.name(r)
			if !yield(r) {
				return
			}
		}
	}
}

// rollBack removes the blocks of a chunk whose rest was not written.
func (f *flusher) rollBack(first uint64) error {
	list := f.log.snapshot()
	at, _ := slices.BinarySearchFunc(list, first, func(p blockMeta, first uint64) int { return cmp.Compare(p.first, first) })
	return f.apply(&change{remove: list[at:], next: f.next, finish: true})
}

// dropUnfinished removes what a crash left of a chunk: without its checkpoint the
// chunk is imported again.
func (f *flusher) dropUnfinished() error {
	var first uint64
	err := f.log.db.View(func(txn *badger.Txn) error {
		item, err := txn.Get([]byte(unfinishedKey))
		if err != nil {
			return err
		}
		return item.Value(func(v []byte) error {
			if len(v) != 8 {
				return fmt.Errorf("the number of its first request has %d bytes", len(v))
			}
			first = binary.BigEndian.Uint64(v)
			return nil
		})
	})
	if errors.Is(err, badger.ErrKeyNotFound) {
		return nil
	}
	if err == nil {
		err = f.rollBack(first)
	}
	if err != nil {
		return fmt.Errorf("removing an unfinished import: %w", err)
	}
	return nil
}

// AppendRequests appends requests in the form in which the commands send
// pieces of an import to the server.
func AppendRequests(dst []byte, requests ...record.Request) []byte {
	for i := range requests {
		dst = appendFrame(dst, &requests[i])
	}
	return dst
}

// ReadRequests reads what AppendRequests wrote. The texts of the requests are
// parts of data.
func ReadRequests(data string) ([]record.Request, error) {
	list := make([]record.Request, 0, countFrames(data))
	for d := (fieldReader{rest: data}); d.rest != ""; {
		length, micros := d.fixed(4), int64(d.fixed(8))
		body := d.take(int(length))
		var r record.Request
		if d.bad {
			return nil, errRequestForm
		}
		if err := decodeRequest(body, &r); err != nil {
			return nil, err
		}
		r.Time = microTime(micros)
		list = append(list, r)
	}
	return list, nil
}

// countFrames counts frames by their lengths alone. Growing a list of so large
// things would leave twice its size behind.
func countFrames(data string) (n int) {
	for d := (fieldReader{rest: data}); d.rest != ""; n++ {
		length := d.fixed(4)
		d.take(8)
		d.take(int(length))
	}
	return n
}
