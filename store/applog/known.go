package applog

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/applog/codec"
)

// The known users of addresses are kept beside the flags, so that the detection
// recognises a shared address after a restart. No entry uses Badger's expiry: the
// repair of files takes one for damage.

const (
	settingSeed = "seed" // of the hashes by which people are known
	knownKeyLen = 1 + 1 + 8 + 8
)

// PutKnown stores known users, as hashes with a seed.
func (a *Log) PutKnown(ctx context.Context, seed uint64, list []record.Known) error {
	for part := range slices.Chunk(list, 1000) {
		err := a.change(ctx, func(c *rewrite) error {
			if err := c.putSeed(seed); err != nil {
				return err
			}
			for i := range part {
				if err := c.putKnown(&part[i]); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("storing who is known: %w", err)
		}
	}
	return nil
}

func (c *rewrite) putSeed(seed uint64) error {
	return c.txn.Set(codec.SettingKey(settingSeed), binary.BigEndian.AppendUint64(nil, seed))
}

func (c *rewrite) putKnown(one *record.Known) error {
	key := append(make([]byte, 0, knownKeyLen), codec.KeyKnown, one.Place)
	key = binary.BigEndian.AppendUint64(key, one.Key)
	key = binary.BigEndian.AppendUint64(key, one.User)
	value := binary.BigEndian.AppendUint64(nil, uint64(one.At.UnixMicro()))
	return c.txn.Set(key, binary.BigEndian.AppendUint64(value, one.Agent))
}

// EachKnown calls yield for every known user that has not expired.
func (a *Log) EachKnown(ctx context.Context, yield func(record.Known)) error {
	now := a.o.Now()
	return a.eachKnown(ctx, func(_ []byte, one record.Known) {
		if !one.Expired(now) {
			yield(one)
		}
	})
}

// eachKnown includes users that have expired.
func (a *Log) eachKnown(ctx context.Context, yield func(key []byte, one record.Known)) error {
	return a.viewNow(func(txn *badger.Txn) error {
		return a.at(ctx, txn).EachKey(codec.KeyKnown, func(item *badger.Item) error {
			one, err := loadKnown(item)
			if err == nil {
				yield(item.Key(), one)
			}
			return err
		})
	})
}

func loadKnown(item *badger.Item) (one record.Known, err error) {
	key := item.Key()
	return one, item.Value(func(v []byte) error {
		if len(key) != knownKeyLen || len(v) != 16 {
			return fmt.Errorf("reading who is known: %w", codec.ErrTruncated)
		}
		one = record.Known{
			Place: key[1], Key: binary.BigEndian.Uint64(key[2:]), User: binary.BigEndian.Uint64(key[10:]),
			Agent: binary.BigEndian.Uint64(v[8:]), At: time.UnixMicro(int64(binary.BigEndian.Uint64(v))).UTC(),
		}
		return nil
	})
}

// RetainKnown deletes users that have expired, and of more accounts than
// [record.MaxAccounts] those that were seen least recently.
func (a *Log) RetainKnown(ctx context.Context) error {
	type entry struct {
		key []byte
		at  time.Time
	}
	var expired, accounts []entry
	now := a.o.Now()
	err := a.eachKnown(ctx, func(key []byte, one record.Known) {
		switch {
		case one.Expired(now):
			expired = append(expired, entry{bytes.Clone(key), one.At})
		case one.IsAccount():
			accounts = append(accounts, entry{bytes.Clone(key), one.At})
		}
	})
	if err != nil {
		return err
	}
	if more := len(accounts) - record.MaxAccounts; more > 0 {
		slices.SortFunc(accounts, func(a, b entry) int { return a.at.Compare(b.at) })
		expired = append(expired, accounts[:more]...)
	}
	for part := range slices.Chunk(expired, 1000) {
		err := a.change(ctx, func(c *rewrite) error {
			for _, e := range part {
				if err := c.forgetKnown(e.key, e.at); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("forgetting who was known: %w", err)
		}
	}
	return nil
}

// forgetKnown deletes a user, unless it was seen after a time.
func (c *rewrite) forgetKnown(key []byte, at time.Time) error {
	item, err := c.txn.Get(key)
	if err != nil {
		return err
	}
	one, err := loadKnown(item)
	if err != nil || one.At.After(at) {
		return err
	}
	return c.txn.Delete(key)
}

// Seed returns the seed of the hashes of known users and of what was learned; 0 if there
// are none.
func (a *Log) Seed() (uint64, error) {
	value, err := a.setting(settingSeed)
	if err != nil || len(value) != 8 {
		return 0, err
	}
	return binary.BigEndian.Uint64(value), nil
}

// PutLearned stores what was learned about the application, by name, with the seed of
// its hashes. A nil value deletes.
func (a *Log) PutLearned(ctx context.Context, seed uint64, list []record.Learned) error {
	for part := range slices.Chunk(list, 1000) {
		err := a.change(ctx, func(c *rewrite) error {
			if err := c.putSeed(seed); err != nil {
				return err
			}
			for i := range part {
				key := append([]byte{codec.KeyLearned}, part[i].Name...)
				if part[i].Value == nil {
					if err := c.txn.Delete(key); err != nil {
						return err
					}
					continue
				}
				if err := c.txn.Set(key, part[i].Value); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("storing what was learned: %w", err)
		}
	}
	return nil
}

// EachLearned calls yield for everything that was learned.
func (a *Log) EachLearned(ctx context.Context, yield func(record.Learned)) error {
	return a.viewNow(func(txn *badger.Txn) error {
		return a.at(ctx, txn).EachKey(codec.KeyLearned, func(item *badger.Item) error {
			value, err := item.ValueCopy(nil)
			if err == nil {
				yield(record.Learned{Name: bytes.Clone(item.Key()[1:]), Value: value})
			}
			return err
		})
	})
}
