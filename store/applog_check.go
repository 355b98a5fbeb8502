package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/record"
)

// Check reads every event, and compares the events with all that points to them:
// ids, indexes, blocks and counts.
func (a *AppLog) Check(ctx context.Context) (CheckedLog, error) {
	var found CheckedLog
	err := a.view(func(txn *badger.Txn) error {
		c := appCheck{log: a, ctx: ctx, txn: txn}
		for _, part := range []func() error{c.events, c.personal, c.ids, c.indexes, c.blocks} {
			if err := part(); err != nil {
				return err
			}
		}
		if err := c.tail(); err != nil {
			c.found.fault("the count of events", err)
		}
		found = c.found
		return nil
	})
	return found, err
}

// appCheck is a check under way.
type appCheck struct {
	log   *AppLog
	ctx   context.Context
	txn   *badger.Txn
	found CheckedLog
	// all are the events that there are, last is the greatest number.
	all, last uint64
	// indexed are the index keys that the events are due.
	indexed uint64
}

// each calls f for every key that begins with kind; values are read where f
// asks for them.
func (c *appCheck) each(kind byte, f func(item *badger.Item) error) error {
	return c.log.eachKey(c.ctx, c.txn, kind, f)
}

// has reports whether there is a key.
func (c *appCheck) has(key []byte) (bool, error) {
	_, err := c.txn.Get(key)
	if errors.Is(err, badger.ErrKeyNotFound) {
		return false, nil
	}
	return err == nil, err
}

// events checks each event and what it is found by.
func (c *appCheck) events() error {
	return c.each(keyImpersonal, func(item *badger.Item) error {
		c.all++
		seq, err := seqOf(item.Key())
		if err != nil {
			c.found.fault(fmt.Sprintf("key %x", item.Key()), err)
			return nil
		}
		c.last = max(c.last, seq)
		why, err := c.event(seq)
		if err != nil {
			return err
		}
		if why != nil {
			c.found.fault(fmt.Sprintf("event %d", seq), why)
			return nil
		}
		c.found.Entries++
		return nil
	})
}

func seqOf(key []byte) (uint64, error) {
	if len(key) != 1+8 {
		return 0, fmt.Errorf("it has %d bytes, not 9", len(key))
	}
	return binary.BigEndian.Uint64(key[1:]), nil
}

// event says why an event is damaged, if it is.
func (c *appCheck) event(seq uint64) (why, err error) {
	e, why := loadEvent(c.txn, seq)
	if why != nil {
		return why, nil
	}
	if why := checkEvent(&e); why != nil {
		return why, nil
	}
	if why, err := c.named(&e); why != nil || err != nil {
		return why, err
	}
	for _, key := range indexKeys(&e) {
		c.indexed++
		there, err := c.has(key)
		if err != nil {
			return nil, err
		}
		if !there {
			why = errors.Join(why, fmt.Errorf("it is missing in the index %q", key[0]))
		}
	}
	return why, nil
}

// indexKeys are all index keys of an event.
func indexKeys(e *record.Event) [][]byte {
	at := newEventPos(e.Time, e.Seq)
	keys := append(impersonalIndex(e), personalIndex(e)...)
	for i := range keys {
		keys[i] = append(keys[i], at[:]...)
	}
	return keys
}

// named says what is wrong with the key that knows an event by its id.
func (c *appCheck) named(e *record.Event) (why, err error) {
	_, _, hash := encodeEvent(e)
	first, why := get(c.txn, idKey(e.ID), 1+8+len(hash))
	if why != nil {
		return why, nil
	}
	switch {
	case first == nil:
		return fmt.Errorf("its id %q is not known", record.Cut(e.ID, 64)), nil
	case binary.BigEndian.Uint64(first[1:]) == e.Seq:
		// Of an anonymized event the hash cannot be made again.
		if !e.Anonymized && contentHash(first[9:]) != hash {
			return errors.New("its content is not what was stored"), nil
		}
		return nil, nil
	case e.Anonymized:
		return nil, nil // its other key has the hash
	}
	later, why := get(c.txn, conflictKey(e.ID, hash), 1+8)
	if why == nil && (later == nil || binary.BigEndian.Uint64(later[1:]) != e.Seq) {
		why = fmt.Errorf("its id %q and content are not known", record.Cut(e.ID, 64))
	}
	return why, nil
}

// personal looks for personal parts whose event is gone.
func (c *appCheck) personal() error {
	return c.each(keyPersonal, func(item *badger.Item) error {
		there, err := c.has(append([]byte{keyImpersonal}, item.Key()[1:]...))
		if err == nil && !there {
			c.found.fault(fmt.Sprintf("key %x", item.Key()), errors.New("the event of this personal part is gone"))
		}
		return err
	})
}

// ids looks for ids whose event is gone.
func (c *appCheck) ids() error {
	for _, kind := range []byte{keyID, keyConflict} {
		err := c.each(kind, func(item *badger.Item) error {
			there := false
			err := item.Value(func(v []byte) (err error) {
				if len(v) >= 1+8 {
					there, err = c.has(append([]byte{keyImpersonal}, v[1:9]...))
				}
				return err
			})
			if err == nil && !there {
				c.found.fault(fmt.Sprintf("id %q", record.Cut(string(item.Key()[1:]), 64)), errors.New("the event of this id is gone"))
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// indexes counts the index keys, and looks for those that are no event's only
// where there are others than the events are due.
func (c *appCheck) indexes() error {
	var keys uint64
	count := func(*badger.Item) error { keys++; return nil }
	if err := c.eachIndex(count); err != nil || keys == c.indexed && c.found.Damaged == 0 {
		return err
	}
	return c.eachIndex(func(item *badger.Item) error {
		key := item.Key()
		if len(key) < 1+posSize {
			c.found.fault(fmt.Sprintf("key %x", key), fmt.Errorf("it has only %d bytes", len(key)))
			return nil
		}
		seq := eventPos(key[len(key)-posSize:]).seq()
		e, err := loadEvent(c.txn, seq)
		if errors.Is(err, badger.ErrKeyNotFound) {
			c.found.fault(fmt.Sprintf("index %q", key[0]), fmt.Errorf("it names event %d, which is gone", seq))
		} else if err == nil && !containsKey(indexKeys(&e), key) {
			c.found.fault(fmt.Sprintf("index %q", key[0]), fmt.Errorf("it names event %d, which does not belong there", seq))
		}
		return nil // an event that cannot be read is named already
	})
}

func (c *appCheck) eachIndex(f func(item *badger.Item) error) error {
	for _, kind := range []byte{indexTime, indexCategory, indexSubject, indexInitiator, indexType, indexOutcome} {
		if err := c.each(kind, f); err != nil {
			return err
		}
	}
	return nil
}

// tail compares the events with the count that is kept of them.
func (c *appCheck) tail() error {
	end, err := readTail(c.txn)
	switch {
	case err != nil:
		return err
	case end.seq < c.last:
		return fmt.Errorf("the last number is said to be %d, and there is an event %d", end.seq, c.last)
	case end.entries > c.all:
		c.found.Missing = end.entries - c.all
	case end.entries < c.all:
		return fmt.Errorf("%d events are said to be there, and there are %d", end.entries, c.all)
	}
	return nil
}
