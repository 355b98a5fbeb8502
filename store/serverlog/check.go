package serverlog

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/store/check"
	"github.com/gatebook/gatebook/store/kv"
	"github.com/gatebook/gatebook/store/serverlog/block"
)

// Check reads every block, those that are known to be damaged too, and says
// what is wrong with which requests.
func (l *Log) Check(ctx context.Context) (check.Log, error) {
	if err := l.Flush(ctx); err != nil {
		return check.Log{}, err
	}
	l.mu.Lock()
	c := serverCheck{log: l, reader: l.newReader(), missing: l.status.missing}
	l.mu.Unlock()
	err := l.readTxn(func(_ catalogue, txn *badger.Txn, values *blockValues) error {
		s, err := readManifest(txn)
		if err != nil {
			return err
		}
		c.values = values
		err = l.eachHead(txn, func(key, head []byte) error {
			if l.stopping() {
				return kv.ErrClosed
			}
			c.block(key, head)
			return ctx.Err()
		})
		c.found.Missing = max(c.missing, s.rows-min(s.rows, c.rows))
		return err
	})
	return c.found, err
}

// serverCheck is a check in progress.
type serverCheck struct {
	log    *Log
	values *blockValues
	reader *block.Reader
	found  check.Log
	// rows are those that heads tell of, whether they can be read or not.
	rows    uint64
	missing uint64
	// last is the greatest number so far.
	last  uint64
	begun bool
}

// block checks one. The heads come in the order of their numbers.
func (c *serverCheck) block(key, head []byte) {
	c.found.Blocks++
	p, err := parseMeta(key, head)
	if _, _, keyErr := parseBlockKey(key); keyErr != nil {
		c.found.Add(fmt.Sprintf("key %x", key), keyErr)
		return
	}
	if err != nil {
		p.rows = p.numbers()
	}
	c.rows += uint64(p.rows)
	if c.begun && p.first <= c.last {
		err = errors.Join(err, fmt.Errorf("its numbers are also those of a block before, which goes to %d", c.last))
	}
	c.begun, c.last = true, max(c.last, p.last)
	if err == nil {
		err = c.content(&p)
	}
	if err != nil {
		c.found.Add(p.describe(), err)
		return
	}
	c.found.Entries += uint64(p.rows)
}

// content checks both values of a block.
func (c *serverCheck) content(p *blockMeta) error {
	if err := c.values.check(p); err != nil {
		return err
	}
	if err := c.values.open(c.reader, p); err != nil {
		return err
	}
	if err := c.reader.Verify(); err != nil {
		return err
	}
	ids, err := c.reader.IDs()
	if err == nil && ids[len(ids)-1] > p.last {
		err = fmt.Errorf("it holds request %d, which is not one of its own", ids[len(ids)-1])
	}
	return err
}

// describe names a block for people.
func (p *blockMeta) describe() string {
	name := fmt.Sprintf("requests %d to %d", p.first, p.last)
	if p.oldest == 0 && p.newest == 0 {
		return name
	}
	at := func(micros int64) string { return microTime(micros).Format(time.RFC3339) }
	return fmt.Sprintf("%s (%s to %s)", name, at(p.oldest), at(p.newest))
}
