package store

import (
	"maps"
	"slices"

	"github.com/gatebook/gatebook/store/block"
)

// damagedPieces are those that cannot be read.
func (l *ServerLog) damagedPieces() []piece {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Collect(maps.Values(l.kept.damaged))
}

// dropDamaged deletes the damaged pieces that are too old. Only a head that is
// sound itself is believed: the times in another may be anything.
func (f *flusher) dropDamaged(deleteBefore int64, dry bool, done *Retained) error {
	var old []piece
	err := f.log.read(func(_ catalogue, values *pieceValues) error {
		for _, p := range f.log.damagedPieces() {
			content, err := value(values.heads, p.headKey())
			if err != nil {
				continue
			}
			if head, err := block.ParseHead(content); err == nil && head.Newest < deleteBefore {
				p.rows = head.Rows
				old = append(old, p)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, p := range old {
		done.Deleted += uint64(p.rows)
		if dry {
			continue
		}
		if err := f.apply(&change{remove: []piece{p}, next: f.stock.next, owed: true}); err != nil {
			return err
		}
		f.log.mu.Lock()
		delete(f.log.kept.damaged, [2]uint64{p.first, p.last})
		f.log.mu.Unlock()
	}
	return nil
}
