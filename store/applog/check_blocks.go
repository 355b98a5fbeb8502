package applog

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/store/applog/block"
	"github.com/gatebook/gatebook/store/applog/codec"
)

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
