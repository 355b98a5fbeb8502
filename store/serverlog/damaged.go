package serverlog

import (
	"github.com/gatebook/gatebook/store/serverlog/block"
)

// dropDamaged deletes the damaged segments that are too old. Only a head that is
// sound itself is believed: the times in another may be anything.
func (f *flusher) dropDamaged(deleteBefore int64, dry bool, done *Retained) error {
	var old []blockMeta
	err := f.log.read(func(_ catalogue, values *blockValues) error {
		for _, p := range f.log.damaged() {
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
		if err := f.apply(&change{remove: []blockMeta{p}, next: f.manifest.next, compact: true}); err != nil {
			return err
		}
		f.log.mu.Lock()
		delete(f.log.status.damaged, [2]uint64{p.first, p.last})
		f.log.mu.Unlock()
	}
	return nil
}
