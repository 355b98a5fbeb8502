package serverlog

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"github.com/dgraph-io/badger/v4"
	"github.com/klauspost/compress/zstd"

	"github.com/gatebook/gatebook/store/kv"
	"github.com/gatebook/gatebook/store/serverlog/block"
)

// Open opens or creates the server log in dir.
func Open(dir string, o Options) (*Log, error) {
	l, err := newServerLog(dir, o.withDefaults())
	if err != nil {
		return nil, fmt.Errorf("opening the server log: %w", err)
	}
	l.start()
	return l, nil
}

// newServerLog opens the database and reads the manifest; nothing runs before start.
func newServerLog(dir string, o Options) (*Log, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	disk := kv.Space{Dir: dir, Minimum: o.MinFree, Free: o.Free}
	if err := disk.Check(); err != nil {
		return nil, err // opening writes too
	}
	unzip, err := block.NewDecoder(min(4, runtime.GOMAXPROCS(0)))
	if err != nil {
		return nil, err
	}
	quick, err := newEncoder(zstd.SpeedFastest)
	if err != nil {
		return nil, err
	}
	if err := kv.RepairFiles(dir, o.Log); err != nil {
		return nil, err
	}
	db, err := kv.Open(kv.TimedSync(dir), o.Log)
	if err != nil {
		return nil, err
	}
	l := &Log{
		dir:     dir,
		o:       o,
		db:      db,
		queue:   newQueue(o.QueueBytes),
		unzip:   unzip,
		flushes: make(chan chan<- error),
		jobs:    make(chan func(*flusher)),
		merges:  make(chan struct{}, 1),
		stop:    make(chan struct{}),
	}
	if l.checkpoint, err = openCheckpoint(filepath.Join(dir, "synced")); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	m, err := l.loadManifest()
	if err != nil {
		return nil, errors.Join(err, l.checkpoint.f.Close(), db.Close())
	}
	l.flusher = flusher{
		log: l, disk: disk, manifest: m, next: m.next, commit: (*badger.Txn).Commit,
		quick: quick,
	}
	l.flusher.builder.Reset()
	l.flusher.current.reset()
	// Reading the manifest has counted what is missing.
	if err := errors.Join(l.flusher.dropCovered(), l.flusher.dropUnfinished(), kv.FinishAllRepairs(dir)); err != nil {
		return nil, errors.Join(err, l.checkpoint.f.Close(), db.Close())
	}
	return l, nil
}

func (l *Log) start() {
	l.running.Go(l.flusher.run)
	l.running.Go(l.verify)
}

// Close writes what is in the queue and closes the database. It must be called
// once only.
func (l *Log) Close() error {
	l.queue.close()
	close(l.stop)
	l.running.Wait()
	l.reading.Lock()
	defer l.reading.Unlock()
	l.closed = true
	err := errors.Join(l.flusher.lost, l.db.Close(), l.checkpoint.f.Close())
	l.unzip.Close()
	if err != nil {
		return fmt.Errorf("closing the server log: %w", err)
	}
	return nil
}

// loadManifest lists the blocks, reading their heads only, and compares them with
// the manifest in the database and with the checkpoint beside it, which tells when
// the database has lost its newest part.
func (l *Log) loadManifest() (s manifest, err error) {
	var found manifest
	err = l.db.View(func(txn *badger.Txn) error {
		if s, err = readManifest(txn); err != nil {
			return err
		}
		return l.eachHead(txn, func(key, head []byte) error {
			p, err := parseMeta(key, head)
			if err != nil {
				l.noteDamage(p, fmt.Errorf("%x: %w", key, err))
				if _, _, keyErr := parseBlockKey(key); keyErr != nil {
					return nil
				}
				p.rows = p.numbers()
			} else {
				l.blocks.list = append(l.blocks.list, p)
			}
			found.rows += uint64(p.rows)
			found.next = max(found.next, p.last+1)
			return nil
		})
	})
	if err != nil {
		return manifest{}, fmt.Errorf("reading the manifest: %w", err)
	}
	for _, p := range l.blocks.list.covered() {
		found.rows -= uint64(p.rows)
	}
	synced, err := l.checkpoint.read()
	if err != nil {
		return manifest{}, err
	}
	if synced > s.next {
		s.rows += synced - s.next
	}
	s.next = max(s.next, synced, found.next)
	if s.rows > found.rows {
		l.status.missing = s.rows - found.rows
		l.o.Log.Error("requests are gone from the server log", "requests", l.status.missing)
	}
	s.rows = max(s.rows, found.rows)
	return s, nil
}

// verify reads every block once, in the background, so that damage is noticed
// after the start and not in a later query.
func (l *Log) verify() {
	err := l.read(func(list catalogue, values *blockValues) error {
		for i := range list {
			select {
			case <-l.stop:
				return nil
			default:
			}
			if err := values.check(&list[i]); err != nil {
				l.noteDamage(list[i], err)
			}
		}
		return nil
	})
	if err != nil && !errors.Is(err, kv.ErrClosed) {
		l.o.Log.Error("verifying the server log failed", "error", err)
	}
}
