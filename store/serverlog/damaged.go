package serverlog

import (
	"maps"
	"slices"

	"github.com/gatebook/gatebook/store/serverlog/block"
)

// damagedSegments are those that cannot be read.
func (l *Log) damagedSegments() []segment {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Collect(maps.Values(l.kept.damaged))
}

// dropDamaged deletes the damaged segments that are too old. Only a head that is
// sound itself is believed: the times in another may be anything.
func (f *flusher) dropDamaged(deleteBefore int64, dry bool, done *Retained) error {
	var old []segment
	err := f.log.read(func(_ catalogue, values *segmentValues) error {
		for _, p := range f.log.damagedSegments() {
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
		if err := f.apply(&change{remove: []segment{p}, next: f.stock.next, owed: true}); err != nil {
			return err
		}
		f.log.mu.Lock()
		delete(f.log.kept.damaged, [2]uint64{p.first, p.last})
		f.log.mu.Unlock()
	}
	return nil
}
