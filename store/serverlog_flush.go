package store

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"
	"unsafe"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/record"
)

// flusher moves requests from the queue into the database. All of it belongs
// to the goroutine of run.
type flusher struct {
	log    *ServerLog
	disk   space
	writer *batchWriter
	// stock is what has been written; next numbers the next batch, which may
	// be some ahead of it.
	stock stock
	next  uint64
	// pending are batches that are not written yet; while there are any,
	// requests stay in the queue, which bounds the memory.
	pending []batch
	// unsynced says that something was written since the last sync.
	unsynced bool
	// lost says what could not be written at the end.
	lost error
	// commit is (*badger.Txn).Commit, or a test's.
	commit func(*badger.Txn) error

	rows    []row
	bodies  []byte
	request record.Request
}

// batch is a batch ready to be written.
type batch struct {
	key, value     []byte
	seq            uint64
	rows           int
	oldest, newest int64
}

func (f *flusher) run() {
	flush := time.NewTicker(f.log.o.FlushEvery)
	defer flush.Stop()
	sync := time.NewTicker(syncEvery)
	defer sync.Stop()
	for {
		var waiting []chan<- error
		select {
		case <-f.log.stop:
			f.finish()
			return
		case <-sync.C:
			f.sync()
			continue
		case w := <-f.log.flushes:
			waiting = f.more([]chan<- error{w})
		case <-flush.C:
		case <-f.log.queue.wake:
		}
		err := f.flush()
		for _, w := range waiting {
			w <- err
		}
	}
}

// more takes everybody else who waits for a flush by now: one serves all.
func (f *flusher) more(waiting []chan<- error) []chan<- error {
	for {
		select {
		case w := <-f.log.flushes:
			waiting = append(waiting, w)
		default:
			return waiting
		}
	}
}

// flush writes what is in the queue, and before that what an earlier flush
// could not write. When it fails nothing is lost: the next one tries again.
func (f *flusher) flush() error {
	err := f.write()
	if err == nil {
		f.collect()
		err = f.write()
	}
	f.log.flushed(err, f.pendingBytes())
	return err
}

// collect empties the queue into pending.
func (f *flusher) collect() {
	f.rows, f.bodies = f.rows[:0], f.bodies[:0]
	f.log.queue.drain(f.observe)
	// Where a body starts is unique, which makes the order a total one.
	slices.SortFunc(f.rows, func(a, b row) int {
		return cmp.Or(cmp.Compare(a.micros, b.micros), cmp.Compare(a.start, b.start))
	})
	for rows := f.rows; len(rows) > 0; {
		n := cutBatch(rows)
		f.pending = append(f.pending, f.batch(rows[:n]))
		rows = rows[n:]
	}
}

// observe lets Options.Observe complete one request and encodes it again.
func (f *flusher) observe(micros int64, body []byte) {
	r := &f.request
	// The texts lie in the queue's buffer, which is filled again after this
	// flush: Observe must not keep the record.
	if err := decodeRequest(unsafe.String(unsafe.SliceData(body), len(body)), r); err != nil {
		f.log.failed(fmt.Errorf("a request in the queue: %w", err), 1)
		return
	}
	if f.log.o.Observe != nil {
		r.Time, r.Instance = time.UnixMicro(micros).UTC(), f.log.o.Instance
		f.log.o.Observe(r)
	}
	start := len(f.bodies)
	f.bodies = appendRequest(f.bodies, r)
	f.rows = append(f.rows, row{micros, start, len(f.bodies)})
}

func (f *flusher) batch(rows []row) batch {
	oldest, newest := rows[0].micros, rows[len(rows)-1].micros
	key := batchKey(newest, f.next)
	b := batch{
		key:    key,
		value:  f.writer.value(key, rows, f.bodies),
		seq:    f.next,
		rows:   len(rows),
		oldest: oldest,
		newest: newest,
	}
	f.next++
	return b
}

// write stores the pending batches, as many in a transaction as fit.
func (f *flusher) write() error {
	for len(f.pending) > 0 {
		if err := f.disk.check(); err != nil {
			return err
		}
		n, stock, err := f.writeSome()
		if err != nil {
			return fmt.Errorf("writing the server log: %w", err)
		}
		f.stock, f.unsynced = stock, true
		f.log.stored(f.pending[:n])
		f.pending = slices.Delete(f.pending, 0, n)
	}
	f.pending = nil
	return nil
}

// writeSome stores the first n of the pending batches and the stock with them.
// A transaction that failed and was stored all the same is repeated without
// harm: keys and values are the same.
func (f *flusher) writeSome() (n int, s stock, err error) {
	txn := f.log.db.NewTransaction(true)
	defer txn.Discard()
	s = f.stock
	for _, b := range f.pending {
		err := txn.Set(b.key, b.value)
		if n > 0 && errors.Is(err, badger.ErrTxnTooBig) {
			break
		}
		if err != nil {
			return 0, s, err
		}
		n++
		s = stock{next: b.seq + 1, batches: s.batches + 1}
	}
	if err := txn.Set([]byte(stockKey), s.value()); err != nil {
		return 0, s, err
	}
	return n, s, f.commit(txn)
}

// sync makes durable what was written.
func (f *flusher) sync() {
	if !f.unsynced {
		return
	}
	err := f.log.db.Sync()
	if err == nil {
		f.unsynced = false
		err = f.log.mark.write(f.stock.next)
	}
	f.log.synced(err)
}

// finish writes what there is and says what had to be given up.
func (f *flusher) finish() {
	err := f.flush()
	f.sync()
	if err == nil {
		return
	}
	f.collect()
	rows := 0
	for _, b := range f.pending {
		rows += b.rows
	}
	f.lost = fmt.Errorf("%d requests are lost: %w", rows, err)
	f.log.failed(f.lost, uint64(rows))
}

func (f *flusher) pendingBytes() int64 {
	var sum int64
	for _, b := range f.pending {
		sum += int64(len(b.value))
	}
	return sum
}
