package serverlog

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"time"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/store/kv"
	"github.com/gatebook/gatebook/store/serverlog/block"
)

// stock is what has been written, kept so that what vanishes is missed: the
// database drops what it cannot make sense of without a word. It changes in
// the same transaction as the segments that it counts.
type manifest struct {
	// next is the number of the next request.
	next uint64
	// rows is how many requests there are.
	rows uint64
}

func (s manifest) value() []byte {
	v := binary.BigEndian.AppendUint64(nil, s.next)
	return binary.BigEndian.AppendUint64(v, s.rows)
}

func readManifest(txn *badger.Txn) (s manifest, err error) {
	item, err := txn.Get([]byte(manifestKey))
	if errors.Is(err, badger.ErrKeyNotFound) {
		return manifest{}, nil
	}
	if err != nil {
		return manifest{}, err
	}
	return s, item.Value(func(v []byte) error {
		if len(v) != 16 {
			return fmt.Errorf("the stock has %d bytes", len(v))
		}
		s = manifest{binary.BigEndian.Uint64(v), binary.BigEndian.Uint64(v[8:])}
		return nil
	})
}

// takeStock lists what is kept, reading the heads only, and compares it with
// what should be there: by the database's own word, and by that of the file
// beside it, for when the database lost its newest part.
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
		return manifest{}, fmt.Errorf("taking stock: %w", err)
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

// eachHead calls f for every head, in the order of the numbers, until it
// returns an error.
func (l *Log) eachHead(txn *badger.Txn, f func(key, head []byte) error) error {
	it := txn.NewIterator(badger.IteratorOptions{Prefix: []byte{headPrefix}})
	defer it.Close()
	for it.Rewind(); it.Valid(); it.Next() {
		item := it.Item()
		if err := item.Value(func(v []byte) error { return f(item.Key(), v) }); err != nil {
			return err
		}
	}
	return nil
}

// verify reads every segment once, in the background, so that damage is noticed
// at start and not when somebody happens to look.
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

// numbers is how many requests the segment was made for.
func (p *blockMeta) numbers() int { return int(min(p.last-p.first, block.MaxRows) + 1) }

// damage notes a segment that cannot be read; it is skipped from then on, and
// stays where it is.
func (l *Log) noteDamage(p blockMeta, why error) {
	l.mu.Lock()
	id := [2]uint64{p.first, p.last}
	_, known := l.status.damaged[id]
	if !known {
		if l.status.damaged == nil {
			l.status.damaged = make(map[[2]uint64]blockMeta)
		}
		noted := p
		noted.rows = cmp.Or(p.rows, p.numbers())
		l.status.damaged[id] = noted
	}
	l.mu.Unlock()
	if known {
		return
	}
	l.blocks.Lock()
	l.blocks.list = l.blocks.list.with(nil, []blockMeta{p})
	l.blocks.Unlock()
	name := fmt.Sprintf("%d to %d", p.first, p.last)
	if p.rows > 0 {
		name += ", up to " + time.UnixMicro(p.newest).UTC().Format(time.RFC3339)
	}
	l.o.Log.Error("a block of requests is damaged and will not be shown", "requests", name, "error", why)
}

// syncedMark is a file that says up to which request the database has been
// synced. It is written after the sync, so it never promises too much.
type checkpoint struct{ f *os.File }

const checkpointLen = 8 + 4

func openCheckpoint(path string) (checkpoint, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	return checkpoint{f}, err
}

// read returns 0 for a mark that is empty or damaged: it then says nothing.
func (m checkpoint) read() (next uint64, err error) {
	b := make([]byte, checkpointLen)
	if n, err := m.f.ReadAt(b, 0); n < len(b) {
		if errors.Is(err, io.EOF) {
			return 0, nil
		}
		return 0, err
	}
	if crc32.Checksum(b[:8], castagnoli) != binary.BigEndian.Uint32(b[8:]) {
		return 0, nil
	}
	return binary.BigEndian.Uint64(b), nil
}

func (m checkpoint) write(next uint64) error {
	b := binary.BigEndian.AppendUint64(nil, next)
	b = binary.BigEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
	_, err := m.f.WriteAt(b, 0)
	return err
}
