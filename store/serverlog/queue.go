package serverlog

import (
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
	"runtime"
	"sync"

	"github.com/gatebook/gatebook/record"
)

// smallestShard is the least that one shard should hold: several requests of
// the largest size that there can be, some 80 KiB.
const smallestShard = 256 << 10

// frameHeader is what precedes an encoded request in a shard: its length (4
// bytes) and its time in microseconds since 1970 (8 bytes).
const frameHeader = 12

// queue is where requests wait to be written, encoded, so that nothing of the
// caller is kept and waiting costs the garbage collector nothing. Requests are
// spread over shards at random: no lock is shared by all of them.
type queue struct {
	shards []shard
	// wake receives when a shard became half full.
	wake chan struct{}
}

type shard struct {
	mu     sync.Mutex
	buf    []byte
	closed bool
	// recorded were taken in, dropped were not.
	recorded, dropped uint64

	max int
	// spare is the buffer that drain emptied last; only drain uses it.
	spare []byte
	_     [64]byte // keeps neighbours off one cache line
}

// newQueue makes a queue that holds at most size bytes: half of it waiting,
// half of it being drained.
func newQueue(size int) *queue {
	n := 1 << bits.Len(uint(runtime.GOMAXPROCS(0)-1))
	for n > 1 && size/2/n < smallestShard {
		n /= 2
	}
	q := &queue{shards: make([]shard, n), wake: make(chan struct{}, 1)}
	for i := range q.shards {
		q.shards[i].max = size / 2 / n
	}
	return q
}

// record puts a copy of r into the queue. It neither blocks nor keeps r; it
// returns false, and counts, when there is no room or the queue is closed.
func (q *queue) record(r *record.Request) bool {
	s := &q.shards[rand.Uint32()&uint32(len(q.shards)-1)]
	s.mu.Lock()
	before := len(s.buf)
	if !s.closed {
		if 4*len(s.buf) > 3*cap(s.buf) {
			s.grow()
		}
		s.buf = appendFrame(s.buf, r)
	}
	after := len(s.buf)
	if after == before || after > s.max {
		s.buf = s.buf[:before]
		s.dropped++
		s.mu.Unlock()
		return false
	}
	s.recorded++
	s.mu.Unlock()
	if before < s.max/2 && after >= s.max/2 {
		select {
		case q.wake <- struct{}{}:
		default:
		}
	}
	return true
}

// firstGrowth is what a shard of a quiet log never exceeds.
const firstGrowth = 64 << 10

// grow makes room for four times as much, or for all that there may be. Growing
// as append does would copy a request some five times until the queue is warm.
func (s *shard) grow() {
	size := min(max(firstGrowth, 4*cap(s.buf)), s.max*4/3+1)
	if size > cap(s.buf) {
		s.buf = append(make([]byte, 0, size), s.buf...)
	}
}

func appendFrame(dst []byte, r *record.Request) []byte {
	start := len(dst)
	dst = binary.BigEndian.AppendUint32(dst, 0)
	dst = binary.BigEndian.AppendUint64(dst, uint64(r.Time.UnixMicro()))
	dst = appendRequest(dst, r)
	binary.BigEndian.PutUint32(dst[start:], uint32(len(dst)-start-frameHeader))
	return dst
}

// drain empties the queue and hands each request to f, which may keep body until
// the next drain. One goroutine at a time may drain.
func (q *queue) drain(f func(micros int64, body []byte)) {
	for i := range q.shards {
		s := &q.shards[i]
		s.mu.Lock()
		full := s.buf
		s.buf = s.spare[:0]
		s.mu.Unlock()
		for b := full; len(b) > 0; {
			end := frameHeader + int(binary.BigEndian.Uint32(b))
			f(int64(binary.BigEndian.Uint64(b[4:])), b[frameHeader:end])
			b = b[end:]
		}
		s.spare = full
	}
}

// close refuses further requests; what is in the queue can still be drained.
func (q *queue) close() {
	for i := range q.shards {
		s := &q.shards[i]
		s.mu.Lock()
		s.closed = true
		s.mu.Unlock()
	}
}

// queueStats tell of a queue since it was made; waiting and max are bytes.
type queueStats struct {
	waiting, max      int64
	recorded, dropped uint64
}

func (q *queue) stats() queueStats {
	var sum queueStats
	for i := range q.shards {
		s := &q.shards[i]
		s.mu.Lock()
		sum.waiting += int64(len(s.buf))
		sum.recorded += s.recorded
		sum.dropped += s.dropped
		s.mu.Unlock()
		sum.max += int64(s.max)
	}
	return sum
}

// row is one encoded request in the queue's memory, which the next drain fills
// again.
type row struct {
	micros int64
	body   []byte
}
