package serverlog

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/store/storetest"
)

// valueOf copies a value.
func valueOf(txn *badger.Txn, key []byte) ([]byte, error) {
	item, err := txn.Get(key)
	if err != nil {
		return nil, err
	}
	return item.ValueCopy(nil)
}

func TestCheckServerLog(t *testing.T) {
	one, two := blockMeta{first: 1, last: 1}, blockMeta{first: 2, last: 2}
	// alter puts what f makes of a value in its place, with or without the
	// checksum that goes with it.
	alter := func(key []byte, f func(content []byte) []byte, sealed bool) func(*badger.Txn) error {
		return func(txn *badger.Txn) error {
			v, err := valueOf(txn, key)
			if err != nil {
				return err
			}
			v = f(slices.Clone(v[:len(v)-checksumLen]))
			if sealed {
				v = withChecksum(key, v)
			}
			return txn.Set(key, v)
		}
	}
	// as puts the head and the body of block 1 under other numbers.
	as := func(p blockMeta) func(*badger.Txn) error {
		return func(txn *badger.Txn) error {
			head, headErr := valueOf(txn, one.headKey())
			body, bodyErr := valueOf(txn, one.bodyKey())
			if err := errors.Join(headErr, bodyErr); err != nil {
				return err
			}
			return errors.Join(
				txn.Set(p.headKey(), withChecksum(p.headKey(), head[:len(head)-checksumLen])),
				txn.Set(p.bodyKey(), withChecksum(p.bodyKey(), body[:len(body)-checksumLen])))
		}
	}
	same := func(v []byte) []byte { return v }
	for name, c := range map[string]struct {
		damage           func(*badger.Txn) error
		entries, missing uint64
		want             []string
	}{
		"nothing":             {func(*badger.Txn) error { return nil }, 3, 0, nil},
		"a head, no checksum": {alter(one.headKey(), same, false), 2, 0, []string{"requests 1 to 1 (2026-11-22T22:00:00Z to 2026-11-22T22:00:00Z): its head"}},
		"a head, truncated":   {alter(one.headKey(), func(v []byte) []byte { return v[:2] }, true), 2, 0, []string{"requests 1 to 1"}},
		"a head, no version":  {alter(one.headKey(), func(v []byte) []byte { v[0] = 9; return v }, true), 2, 0, []string{"unknown version"}},
		"a head, gone":        {func(txn *badger.Txn) error { return txn.Delete(one.headKey()) }, 2, 1, nil},
		"a head, of another": {func(txn *badger.Txn) error {
			v, err := valueOf(txn, two.headKey())
			return errors.Join(err, txn.Set(one.headKey(), v))
		}, 2, 0, []string{"its requests are not those of its key"}},
		"a body, a bit flipped": {alter(one.bodyKey(), func(v []byte) []byte { v[2] ^= 4; return v }, false), 2, 0, []string{"its body: the checksum does not fit"}},
		"a body, gone":          {func(txn *badger.Txn) error { return txn.Delete(one.bodyKey()) }, 2, 0, []string{"its body: a value of it is gone"}},
		"a body, sealed anew":   {alter(one.bodyKey(), func(v []byte) []byte { return append(v, 99, 0, 0) }, true), 2, 0, []string{"the body of a block: it is not well formed"}},
		"a key, truncated":      {func(txn *badger.Txn) error { return txn.Set([]byte("hx"), []byte("nonsense")) }, 3, 0, []string{"key 6878: 6878 is no block's key"}},
		"numbers of two blocks": {as(blockMeta{first: 1, last: 2}), 2, 0, []string{"requests 2 to 2", "its numbers are also those of a block before, which goes to 2"}},
		"the manifest":          {func(txn *badger.Txn) error { return txn.Set([]byte(manifestKey), manifest{3, 5}.value()) }, 3, 2, nil},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			l := openTestServerLog(t, dir, Options{FlushEvery: quiet})
			for n := range 3 {
				mustRecord(t, l, numbered(n))
				mustFlush(t, l)
			}
			if err := l.db.Update(c.damage); err != nil {
				t.Fatal(err)
			}
			for range 2 { // as it is, and opened anew
				found, err := l.Check(context.Background())
				if err != nil || found.Entries != c.entries || found.Missing != c.missing || found.Good() != (c.want == nil && c.missing == 0) {
					t.Errorf("found %+v, %v", found, err)
				}
				storetest.WantFaults(t, found, c.want...)
				closeLog(t, l)
				l = openTestServerLog(t, dir, Options{FlushEvery: quiet})
			}
		})
	}
}

func TestCheckEndsWithItsContext(t *testing.T) {
	l := openTestServerLog(t, t.TempDir(), Options{FlushEvery: quiet})
	mustRecord(t, l, numbered(0))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := l.Check(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
}
