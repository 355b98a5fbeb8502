package store

import (
	"cmp"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

// Flags, what people decided about them and the evidence are kept beside the
// application log, since they are as durable: a decision is on the disk before it
// is answered.

const (
	// maxFlags bounds how many are kept: an attack from everywhere must not fill
	// the disk.
	maxFlags = 20_000
	// maxFlagEvidence is how many requests prove a flag.
	maxFlagEvidence = 20
	// maxFlagLogins is how many login events of its address a flag names.
	maxFlagLogins = 50
)

func flagKey(kind byte, id string) []byte { return append([]byte{kind}, id...) }

// PutFlags stores flags as they are now. Evidence and login events are added to
// what is stored of a flag. After an error some may be stored; the same flags may
// be given again.
func (a *AppLog) PutFlags(ctx context.Context, flags ...record.Flag) error {
	for part := range slices.Chunk(flags, 64) {
		var added int
		err := a.change(ctx, func(c *rewrite) (err error) {
			added, err = c.putFlags(part)
			return err
		})
		if err != nil {
			return fmt.Errorf("storing flags: %w", err)
		}
		if err := a.countFlags(ctx, added); err != nil {
			return fmt.Errorf("counting flags: %w", err)
		}
	}
	return nil
}

// putFlags says how many flags there are more.
func (c *rewrite) putFlags(flags []record.Flag) (added int, err error) {
	for _, f := range flags {
		old, known, err := readFlag(c.txn, f.ID)
		if err != nil {
			return added, err
		}
		if known {
			f.LoginSeqs = latest(append(old.LoginSeqs, f.LoginSeqs...), maxFlagLogins)
		} else {
			added++
		}
		if err := c.putEvidence(f.ID, f.Evidence); err != nil {
			return added, err
		}
		f.Evidence = nil
		if err := setJSON(c.txn, flagKey(keyFlag, f.ID), f); err != nil {
			return added, err
		}
	}
	return added, nil
}

func (c *rewrite) putEvidence(id string, more []record.Request) error {
	if len(more) == 0 {
		return nil
	}
	list, err := readEvidence(c.txn, id)
	if err != nil {
		return err
	}
	before := list
	for i := range more {
		r := &more[i]
		again := slices.ContainsFunc(before, func(b record.Request) bool {
			return b.Time.Equal(r.Time) && b.Method == r.Method && b.Path == r.Path && b.Query == r.Query
		})
		if !again && len(list) < maxFlagEvidence {
			list = append(list, *r)
		}
	}
	return setJSON(c.txn, flagKey(keyEvidence, id), list)
}

// countFlags counts flags that were added. Retention comes once an hour; where
// very many are made meanwhile, those that matter least go at once.
func (a *AppLog) countFlags(ctx context.Context, added int) error {
	if a.flags.Add(int64(added)) <= maxFlags+maxFlags/4 {
		return nil
	}
	n := int64(0)
	if err := a.EachFlag(ctx, func(*record.Flag) error { n++; return nil }); err != nil {
		return err
	}
	a.flags.Store(n)
	if n <= maxFlags {
		return nil
	}
	done, err := a.RetainFlags(ctx, FlagAge{}, false)
	a.flags.Add(-int64(done.Deleted))
	return err
}

// latest are the last n different values.
func latest(list []uint64, n int) []uint64 {
	slices.Sort(list)
	list = slices.Compact(list)
	return list[max(0, len(list)-n):]
}

func setJSON(txn *badger.Txn, key []byte, value any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return txn.Set(key, append([]byte{eventVersion}, data...))
}

// getJSON reports whether there is a value.
func getJSON(txn *badger.Txn, key []byte, into any) (bool, error) {
	item, err := txn.Get(key)
	if errors.Is(err, badger.ErrKeyNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, item.Value(func(v []byte) error { return decodeJSON(v, into) })
}

func decodeJSON(v []byte, into any) error {
	switch {
	case len(v) == 0:
		return errTruncated
	case v[0] != eventVersion:
		return fmt.Errorf("format %d: %w", v[0], ErrNewer)
	}
	return json.Unmarshal(v[1:], into)
}

func readFlag(txn *badger.Txn, id string) (f record.Flag, known bool, err error) {
	known, err = getJSON(txn, flagKey(keyFlag, id), &f)
	if err != nil {
		err = fmt.Errorf("reading flag %s: %w", record.Cut(id, 64), err)
	}
	return f, known, err
}

func readEvidence(txn *badger.Txn, id string) (list []record.Request, err error) {
	if _, err = getJSON(txn, flagKey(keyEvidence, id), &list); err != nil {
		err = fmt.Errorf("reading the evidence of flag %s: %w", record.Cut(id, 64), err)
	}
	return list, err
}

// Flag is a flag with its evidence, or record.ErrNotFound.
func (a *AppLog) Flag(ctx context.Context, id string) (f record.Flag, err error) {
	if err := ctx.Err(); err != nil {
		return f, err
	}
	err = a.view(func(txn *badger.Txn) error {
		var known bool
		if f, known, err = readFlag(txn, id); err == nil && !known {
			err = fmt.Errorf("flag %s: %w", record.Cut(id, 64), record.ErrNotFound)
		}
		f.Settle(a.o.Now())
		if err == nil {
			f.Evidence, err = readEvidence(txn, id)
		}
		return err
	})
	return f, err
}

// EachFlag calls yield for every flag, without its evidence.
func (a *AppLog) EachFlag(ctx context.Context, yield func(*record.Flag) error) error {
	now := a.o.Now()
	return a.view(func(txn *badger.Txn) error {
		return a.eachKey(ctx, txn, keyFlag, func(item *badger.Item) error {
			var f record.Flag
			if err := item.Value(func(v []byte) error { return decodeJSON(v, &f) }); err != nil {
				return fmt.Errorf("reading flag %s: %w", record.Cut(string(item.Key()[1:]), 64), err)
			}
			f.Settle(now)
			return yield(&f)
		})
	})
}

// Flags returns a page of what q asks for, the flag that changed last first,
// and the cursor of the next page, which is empty when there is none.
func (a *AppLog) Flags(ctx context.Context, q query.Flags) (page []record.Flag, next string, err error) {
	limit := min(q.Limit, query.MaxLimit)
	if limit <= 0 {
		limit = query.DefaultLimit
	}
	after, err := parseFlagCursor(q.Cursor)
	if err != nil {
		return nil, "", err
	}
	var found []record.Flag
	err = a.EachFlag(ctx, func(f *record.Flag) error {
		if q.Match(f) && (q.Cursor == "" || flagOrder(f, &after) > 0) {
			found = append(found, *f)
		}
		return nil
	})
	if err != nil {
		return nil, "", err
	}
	slices.SortFunc(found, func(a, b record.Flag) int { return flagOrder(&a, &b) })
	if len(found) > limit {
		found = found[:limit]
		next = flagCursor(&found[limit-1])
	}
	return found, next, nil
}

// flagOrder puts the flag that changed last first.
func flagOrder(a, b *record.Flag) int {
	return cmp.Or(b.Changed.Compare(a.Changed), cmp.Compare(a.ID, b.ID))
}

// flagCursor is the position of f in the list: when it last changed, in nanoseconds,
// and its id.
func flagCursor(f *record.Flag) string {
	return query.FormatCursor(append(binary.BigEndian.AppendUint64(nil, uint64(f.Changed.UnixNano())), f.ID...))
}

func parseFlagCursor(cursor string) (after record.Flag, err error) {
	if cursor == "" {
		return after, nil
	}
	position, err := query.ParseCursor(cursor)
	if err != nil {
		return after, err
	}
	if len(position) <= 8 {
		return after, query.BadCursor(cursor)
	}
	after.Changed, after.ID = time.Unix(0, int64(binary.BigEndian.Uint64(position))).UTC(), string(position[8:])
	return after, nil
}
