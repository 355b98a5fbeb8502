package applog

import (
	"slices"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/applog/codec"
	"github.com/gatebook/gatebook/store/applog/dedup"
)

// remove takes an entry away.
func (c *rewrite) remove(e *record.Event) error {
	names, err := c.names(e.ID)
	if err != nil {
		return err
	}
	err = c.delete([][]byte{codec.SeqKey(codec.KeyImpersonal, e.Seq), codec.SeqKey(codec.KeyPersonal, e.Seq)})
	for _, n := range names {
		if n.Seq == e.Seq && err == nil {
			err = c.unname(n, names)
		}
	}
	c.end.Entries--
	return err
}

// anonymize takes from an entry what identifies people, and what would tell whether a
// guess at it is right.
func (c *rewrite) anonymize(e *record.Event) error {
	var names []idName
	var err error
	if slices.Contains(e.Marks, record.MarkConflict) {
		names, err = c.names(e.ID)
	} else {
		names, err = c.firstName(e.ID)
	}
	if err != nil {
		return err
	}
	err = c.txn.Delete(codec.SeqKey(codec.KeyPersonal, e.Seq))
	for _, n := range names {
		if n.Seq != e.Seq || err != nil {
			continue
		}
		if err = c.txn.Delete(n.key()); err == nil {
			n.Content = dedup.AnyContent
			err = c.txn.Set(n.key(), n.value())
		}
	}
	return err
}

func (c *rewrite) delete(keys [][]byte) error {
	for _, key := range keys {
		if err := c.txn.Delete(key); err != nil {
			return err
		}
	}
	return nil
}

// idName is a key by which an id knows an event, and its value: that of the first
// event with the id, or of a later one.
type idName struct {
	codec.Name
	id    string
	first bool
}

func (n *idName) key() []byte {
	if n.first {
		return codec.IDKey(n.id)
	}
	return codec.ConflictKey(n.id, n.Content)
}

func (n *idName) value() []byte {
	if n.first {
		return n.First()
	}
	return n.Later()
}

// names lists the keys of an id, the first event's first.
func (c *rewrite) names(id string) (list []idName, err error) {
	if list, err = c.firstName(id); err != nil || id == "" {
		return nil, err
	}
	if c.conflicts == nil {
		c.conflicts = c.txn.NewIterator(badger.IteratorOptions{Prefix: []byte{codec.KeyConflict}})
	}
	prefix := append([]byte{codec.KeyConflict}, id...)
	for c.conflicts.Seek(prefix); c.conflicts.ValidForPrefix(prefix); c.conflicts.Next() {
		key := c.conflicts.Item().KeyCopy(nil)
		if len(key) != len(prefix)+len(dedup.AnyContent) {
			continue // another id, which begins with this one
		}
		// The iterator does not see what this transaction has done.
		n, err := codec.GetName(c.txn, key)
		if err != nil {
			return nil, err
		}
		if n != nil {
			n.Content = codec.ContentHash(key[len(prefix):])
			list = append(list, idName{*n, id, false})
		}
	}
	return list, nil
}

// firstName is the key of the first event with an id, if there is one.
func (c *rewrite) firstName(id string) ([]idName, error) {
	if id == "" { // of an entry that is damaged
		return nil, nil
	}
	first, err := codec.GetName(c.txn, codec.IDKey(id))
	if err != nil || first == nil {
		return nil, err
	}
	return []idName{{*first, id, true}}, nil
}

// unname forgets that an event has an id. Where it was the first with it, the
// oldest of the others takes its place, so that these stay known.
func (c *rewrite) unname(n idName, all []idName) error {
	if err := c.txn.Delete(n.key()); err != nil || !n.first {
		return err
	}
	var next *idName
	for i := range all {
		if o := &all[i]; !o.first && (next == nil || o.Seq < next.Seq) {
			next = o
		}
	}
	if next == nil {
		return nil
	}
	if err := c.txn.Delete(next.key()); err != nil {
		return err
	}
	next.first = true
	return c.txn.Set(next.key(), next.value())
}
