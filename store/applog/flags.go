package applog

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
	"github.com/gatebook/gatebook/store/applog/codec"
)

// Flags, the decisions about them and their evidence are kept beside the
// application log, since they are as durable: a decision is on the disk before its
// response.

// PutFlags stores flags as they are now. Evidence and login events are added to
// what is stored of a flag. After an error some may be stored; the same flags may
// be given again.
func (a *Log) PutFlags(ctx context.Context, flags ...record.Flag) error {
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

// countFlags counts flags that were added. Retention runs once an hour; where very
// many flags are added meanwhile, the least important are deleted at once.
func (a *Log) countFlags(ctx context.Context, added int) error {
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
	done, err := a.RetainFlags(ctx, FlagExpiry{}, false)
	a.flags.Add(-int64(done.Deleted))
	return err
}

// Flag is a flag with its evidence, or record.ErrNotFound.
func (a *Log) Flag(ctx context.Context, id string) (f record.Flag, err error) {
	if err := ctx.Err(); err != nil {
		return f, err
	}
	err = a.viewNow(func(txn *badger.Txn) error {
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
func (a *Log) EachFlag(ctx context.Context, yield func(*record.Flag) error) error {
	now := a.o.Now()
	return a.viewNow(func(txn *badger.Txn) error {
		return a.at(ctx, txn).EachKey(codec.KeyFlag, func(item *badger.Item) error {
			var f record.Flag
			if err := item.Value(func(v []byte) error { return codec.DecodeJSON(v, &f) }); err != nil {
				return fmt.Errorf("reading flag %s: %w", record.Cut(string(item.Key()[1:]), 64), err)
			}
			f.Settle(now)
			return yield(&f)
		})
	})
}

// Flags returns a page of what q asks for, as [record.Flag.At] of now, the flag that
// changed last first, and the cursor of the next page, which is empty when there is none.
func (a *Log) Flags(ctx context.Context, q query.Flags) (page []record.Flag, next string, err error) {
	limit := min(q.Limit, query.MaxLimit)
	if limit <= 0 {
		limit = query.DefaultLimit
	}
	after, err := parseFlagCursor(q.Cursor)
	if err != nil {
		return nil, "", err
	}
	var found []record.Flag
	now := a.o.Now()
	err = a.EachFlag(ctx, func(f *record.Flag) error {
		if one := f.At(now); q.Match(&one) && (q.Cursor == "" || flagOrder(f, &after) > 0) {
			found = append(found, one)
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

// The position of a flag in the list is when it last changed, and its id. The time is
// seconds and nanoseconds, so that any time fits.
const flagTimeSize = 8 + 4

func flagCursor(f *record.Flag) string {
	b := binary.BigEndian.AppendUint64(nil, uint64(f.Changed.Unix()))
	b = binary.BigEndian.AppendUint32(b, uint32(f.Changed.Nanosecond()))
	return query.FormatCursor(append(b, f.ID...))
}

func parseFlagCursor(cursor string) (after record.Flag, err error) {
	if cursor == "" {
		return after, nil
	}
	b, err := query.ParseCursor(cursor)
	if err == nil && len(b) <= flagTimeSize {
		err = query.BadCursor(cursor)
	}
	if err != nil {
		return after, err
	}
	after.Changed = time.Unix(int64(binary.BigEndian.Uint64(b)), int64(binary.BigEndian.Uint32(b[8:]))).UTC()
	after.ID = string(b[flagTimeSize:])
	return after, nil
}
