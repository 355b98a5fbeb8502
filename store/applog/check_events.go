package applog

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/applog/codec"
	"github.com/gatebook/gatebook/store/check"
)

// appCheck is a check in progress.
type appCheck struct {
	log   *Log
	ctx   context.Context
	txn   *badger.Txn
	found check.Log
	// all are the events that there are, last is the greatest number.
	all, lastSeq uint64
	// indexed are the index keys that the events are due.
	indexed uint64
}

// Check reads every event, and compares the events with all that points to them:
// ids, indexes, blocks and counts.
func (a *Log) Check(ctx context.Context) (check.Log, error) {
	var found check.Log
	err := a.view(ctx, func(txn *badger.Txn) error {
		c := appCheck{log: a, ctx: ctx, txn: txn}
		for _, part := range []func() error{c.events, c.personal, c.ids, c.indexes, c.blocks} {
			if err := part(); err != nil {
				return err
			}
		}
		if err := c.last(); err != nil {
			c.found.Add("the count of events", err)
		}
		found = c.found
		return nil
	})
	if err == nil {
		err = a.checkJournal(ctx, &found)
	}
	return found, err
}

// each calls f for every key that begins with kind; values are read where f
// asks for them.
func (c *appCheck) each(kind byte, f func(item *badger.Item) error) error {
	return c.log.at(c.ctx, c.txn).EachKey(kind, f)
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
	return c.each(codec.KeyImpersonal, func(item *badger.Item) error {
		c.all++
		seq, err := codec.ParseSeq(item.Key())
		if err != nil {
			c.found.Add(fmt.Sprintf("key %x", item.Key()), err)
			return nil
		}
		c.lastSeq = max(c.lastSeq, seq)
		why, err := c.event(seq)
		if err != nil {
			return err
		}
		if why != nil {
			c.found.Add(fmt.Sprintf("event %d", seq), why)
			return nil
		}
		c.found.Entries++
		return nil
	})
}

// event says why an event is damaged, if it is.
func (c *appCheck) event(seq uint64) (why, err error) {
	e, why := codec.Load(c.txn, seq)
	if why != nil {
		return why, nil
	}
	if why := codec.Validate(&e); why != nil {
		return why, nil
	}
	if why, err := c.named(&e); why != nil || err != nil {
		return why, err
	}
	for _, key := range codec.IndexKeys(&e) {
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

// named says what is wrong with the key that knows an event by its id.
func (c *appCheck) named(e *record.Event) (why, err error) {
	_, _, hash := codec.Encode(e)
	first, why := codec.Get(c.txn, codec.IDKey(e.ID), 1+8+len(hash))
	if why != nil {
		return why, nil
	}
	switch {
	case first == nil:
		return fmt.Errorf("its id %q is not known", record.Cut(e.ID, 64)), nil
	case binary.BigEndian.Uint64(first[1:]) == e.Seq:
		// Of an anonymized event the hash cannot be made again.
		if !e.Anonymized && codec.ContentHash(first[9:]) != hash {
			return errors.New("its content is not what was stored"), nil
		}
		return nil, nil
	case e.Anonymized:
		return nil, nil // its other key has the hash
	}
	later, why := codec.Get(c.txn, codec.ConflictKey(e.ID, hash), 1+8)
	if why == nil && (later == nil || binary.BigEndian.Uint64(later[1:]) != e.Seq) {
		why = fmt.Errorf("its id %q and content are not known", record.Cut(e.ID, 64))
	}
	return why, nil
}

// personal looks for personal parts whose event is gone.
func (c *appCheck) personal() error {
	return c.each(codec.KeyPersonal, func(item *badger.Item) error {
		there, err := c.has(append([]byte{codec.KeyImpersonal}, item.Key()[1:]...))
		if err == nil && !there {
			c.found.Add(fmt.Sprintf("key %x", item.Key()), errors.New("the event of this personal part is gone"))
		}
		return err
	})
}

// ids looks for ids whose event is gone.
func (c *appCheck) ids() error {
	for _, kind := range []byte{codec.KeyID, codec.KeyConflict} {
		err := c.each(kind, func(item *badger.Item) error {
			there := false
			err := item.Value(func(v []byte) (err error) {
				if len(v) >= 1+8 {
					there, err = c.has(append([]byte{codec.KeyImpersonal}, v[1:9]...))
				}
				return err
			})
			if err == nil && !there {
				c.found.Add(fmt.Sprintf("id %q", record.Cut(string(item.Key()[1:]), 64)), errors.New("the event of this id is gone"))
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
		if len(key) < 1+codec.PositionSize {
			c.found.Add(fmt.Sprintf("key %x", key), fmt.Errorf("it has only %d bytes", len(key)))
			return nil
		}
		seq := codec.Position(key[len(key)-codec.PositionSize:]).Seq()
		e, err := codec.Load(c.txn, seq)
		if errors.Is(err, badger.ErrKeyNotFound) {
			c.found.Add(fmt.Sprintf("index %q", key[0]), fmt.Errorf("it names event %d, which is gone", seq))
		} else if err == nil && !codec.ContainsKey(codec.IndexKeys(&e), key) {
			c.found.Add(fmt.Sprintf("index %q", key[0]), fmt.Errorf("it names event %d, which does not belong there", seq))
		}
		return nil // an event that cannot be read is named already
	})
}

func (c *appCheck) eachIndex(f func(item *badger.Item) error) error {
	for _, kind := range []byte{codec.IndexTime, codec.IndexCategory, codec.IndexSubject, codec.IndexInitiator, codec.IndexType, codec.IndexOutcome} {
		if err := c.each(kind, f); err != nil {
			return err
		}
	}
	return nil
}

// tail compares the events with the count that is kept of them.
func (c *appCheck) last() error {
	end, err := codec.ReadLast(c.txn)
	switch {
	case err != nil:
		return err
	case end.Seq < c.lastSeq:
		return fmt.Errorf("the last number is said to be %d, and there is an event %d", end.Seq, c.lastSeq)
	case end.Entries > c.all:
		c.found.Missing = end.Entries - c.all
	case end.Entries < c.all:
		return fmt.Errorf("%d events are said to be there, and there are %d", end.Entries, c.all)
	}
	return nil
}
