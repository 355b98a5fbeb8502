package logs

import "sync/atomic"

// How many exports and live streams of an instance there may be at a time. An export
// holds some 5 MB and a transaction that keeps deleted data on the disk, a stream up
// to 1 MB, for as long as its reader takes.
const (
	MaxExports = 8
	MaxStreams = 64
)

// Slots counts what is limited in number. The zero value has none in use.
type Slots struct{ used atomic.Int32 }

// Take takes one of limit slots. It reports whether one was free; then release gives
// it back, and must be called once.
func (s *Slots) Take(limit int32) (release func(), ok bool) {
	if s.used.Add(1) > limit {
		s.used.Add(-1)
		return nil, false
	}
	return func() { s.used.Add(-1) }, true
}
