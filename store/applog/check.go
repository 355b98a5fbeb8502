package applog

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/applog/block"
	"github.com/gatebook/gatebook/store/applog/codec"
	"github.com/gatebook/gatebook/store/check"
)

// appCheck is a check in progress.
type appCheck struct {
	log *Log
	ctx context.Context
	txn *badger.Txn
	// takingOver is Log.takingOver before txn began.
	takingOver bool
	found      check.Log
	// all are the events that there are, last is the greatest number.
	all, lastSeq uint64
}

// Check reads every event, and compares the events with all that points to them:
// ids, blocks and counts.
func (a *Log) Check(ctx context.Context) (check.Log, error) {
	var found check.Log
	takingOver := a.takingOver.Load()
	err := a.view(ctx, func(txn *badger.Txn) error {
		c := appCheck{log: a, ctx: ctx, txn: txn, takingOver: takingOver}
		for _, part := range []func() error{c.events, c.personal, c.ids, c.blocks} {
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
		if why := c.event(seq); why != nil {
			c.found.Add(fmt.Sprintf("event %d", seq), why)
			return nil
		}
		c.found.Entries++
		return nil
	})
}

// event says why an event is damaged, if it is.
func (c *appCheck) event(seq uint64) error {
	e, err := codec.Load(c.txn, seq)
	if err == nil {
		err = codec.Validate(&e)
	}
	if err != nil {
		return err
	}
	return c.named(&e)
}

// named says what is wrong with the key that knows an event by its id.
func (c *appCheck) named(e *record.Event) error {
	_, _, hash := codec.Encode(e)
	first, err := codec.GetName(c.txn, codec.IDKey(e.ID))
	switch {
	case err != nil:
		return err
	case first == nil:
		return fmt.Errorf("its id %q is not known", record.Cut(e.ID, 64))
	case first.Seq == e.Seq:
		// Of an anonymized event the hash cannot be made again.
		if !e.Anonymized && first.Content != hash {
			return errors.New("its content is not what was stored")
		}
		return c.timed(e, first)
	case e.Anonymized:
		return nil // its other key has the hash
	}
	later, err := codec.GetName(c.txn, codec.ConflictKey(e.ID, hash))
	switch {
	case err != nil:
		return err
	case later == nil || later.Seq != e.Seq:
		return fmt.Errorf("its id %q and content are not known", record.Cut(e.ID, 64))
	}
	return c.timed(e, later)
}

// timed compares the time of an event with that in the key that knows it.
func (c *appCheck) timed(e *record.Event, n *codec.Name) error {
	if !n.Time.IsZero() && !n.Time.Equal(e.Time) {
		return fmt.Errorf("its time is %v, and that of its id is %v", e.Time, n.Time)
	}
	return nil
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

// last compares the events with the count that is kept of them.
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

// blocks compares what is searched with the entries. What differs is a fault, and
// is made again.
func (c *appCheck) blocks() error {
	var b block.Builder
	for _, kind := range kindsOfBlock {
		err := c.each(kind, func(item *badger.Item) error {
			block, why := codec.ParseSeq(item.Key())
			if why != nil {
				c.found.Add(fmt.Sprintf("key %x", item.Key()), why)
				return nil
			}
			if kind != codec.KeyHead { // each has been looked at with its head, if it has one
				there, err := c.has(codec.SeqKey(codec.KeyHead, block))
				if err == nil && !there {
					c.blockFault(block, errors.New("its head is missing"))
				}
				return err
			}
			if err := c.log.gather(c.ctx, c.txn, &b, block); err != nil {
				return err
			}
			if why := c.block(&b, block); why != nil {
				c.blockFault(block, why)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *appCheck) blockFault(block uint64, why error) {
	c.found.Add(fmt.Sprintf("search block %d", block), why)
	c.log.invalidate(block, why)
}

// block says why a block is not what it should be.
func (c *appCheck) block(b *block.Builder, number uint64) error {
	if c.takingOver {
		// An older version wrote no terms. They are made soon, and no entry is missed
		// without them.
		if there, err := c.has(codec.SeqKey(codec.KeyTerms, number)); err != nil || !there {
			return err
		}
	}
	want, got := encodeBlock(b), encodedBlock{number: number}
	for kind, into := range map[byte]*[]byte{codec.KeyHead: &got.head, codec.KeyBlock: &got.block, codec.KeyTerms: &got.terms} {
		item, err := c.txn.Get(codec.SeqKey(kind, number))
		if err == nil {
			*into, err = item.ValueCopy(nil)
		}
		if err != nil {
			return fmt.Errorf("reading %q: %w", kind, err)
		}
	}
	same, err := block.Agree(got.block, want.block, number)
	if err == nil && !(same && bytes.Equal(got.head, want.head) && bytes.Equal(got.terms, want.terms)) {
		err = errors.New("it does not agree with its events")
	}
	return err
}
