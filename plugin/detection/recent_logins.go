package detection

import (
	"net/netip"
	"sync"

	"github.com/gatebook/gatebook/record"
)

// recentLogins holds the client addresses of the last logins, which no log has.
type recentLogins struct {
	mu   sync.Mutex
	list [4096]struct {
		from netip.Addr
		seq  uint64
	}
	next int
}

// add adds a login from an address, by the sequence number of its log entry.
func (l *recentLogins) add(from netip.Addr, seq uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list[l.next].from, l.list[l.next].seq = record.CountedAddr(from), seq
	l.next = (l.next + 1) % len(l.list)
}

// within returns the sequence numbers of the logins from a prefix.
func (l *recentLogins) within(p netip.Prefix) (seqs []uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range l.list {
		if one := &l.list[i]; one.seq != 0 && p.Contains(one.from) {
			seqs = append(seqs, one.seq)
		}
	}
	return seqs
}
