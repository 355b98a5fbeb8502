package abuse_test

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"github.com/gatebook/gatebook/internal/testrun"
	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/record"
)

// TestFiveMillionSources is promise P6: five million addresses within a minute
// fit into 64 MB in total, and an attacker among them is found. A plain run has
// fewer, which still fill every table several times over. With the default rules most
// of them are refused as a flood, and fill nothing; without that every one is counted,
// and the attacker has to be found among them.
func TestFiveMillionSources(t *testing.T) {
	t.Run("a flood that is refused", func(t *testing.T) { testManySources(t, abuse.Config{}) })
	t.Run("all are counted", func(t *testing.T) {
		testManySources(t, abuse.Config{Actions: map[string]abuse.Action{"instance-flood": abuse.Observe}})
	})
}

func testManySources(t *testing.T, c abuse.Config) {
	const memory = 64 << 20
	sources := testrun.Rounds(1_000_000, 5_000_000)
	before := heap()
	c.Enforce = true
	d := newDetector(t, c)
	attacker := netip.MustParseAddr("198.51.100.66")
	crowd := newCrowd()
	// When the tables are full, an attacker begins to request missing paths, twice a
	// second.
	every, comes := sources/120, sources/4
	refusedAt := 0
	for i := range sources {
		now := start.Add(time.Duration(i) * time.Minute / time.Duration(sources))
		r := crowd.next(i)
		if d.Admit(abuse.Client{Addr: r.IP, UserAgent: r.UserAgent, Path: r.Path}, now).Verdict == record.VerdictPass {
			d.Observe(&abuse.Request{Request: r}, now)
		}
		if i >= comes && (i-comes)%every == 0 && refusedAt == 0 {
			n := (i - comes) / every
			r := visit(attacker, fmt.Sprintf("/backup-%d", n))
			r.Status = 404
			if d.Admit(abuse.Client{Addr: r.IP, UserAgent: r.UserAgent, Path: r.Path}, now).Verdict != record.VerdictPass {
				refusedAt = n + 1
				continue
			}
			d.Observe(&abuse.Request{Request: r}, now)
		}
	}
	used := heap() - before
	t.Logf("%d MiB of heap; the attacker was refused at request %d", used>>20, refusedAt)
	if used > memory {
		t.Errorf("%d bytes of detection state are more than %d", used, memory)
	}
	if refusedAt == 0 {
		t.Error("the attacker among them was never refused")
	}
	runtime.KeepAlive(d)
}

// heap returns the bytes in use, without garbage.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// crowd makes requests of ever new addresses, a third of them IPv6, of all kinds
// that a detector needs memory for.
type crowd struct {
	r     record.Request
	paths [64]string
}

func newCrowd() *crowd {
	c := &crowd{r: *visit(netip.Addr{}, "/")}
	for i := range c.paths {
		c.paths[i] = fmt.Sprintf("/missing/%d", i)
	}
	copy(c.paths[:], []string{"/.env", "/wp-login.php", "/shell.php", "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php", "/phpinfo.php", "/pma/index.php"})
	return c
}

func (c *crowd) next(i int) *record.Request {
	var b [16]byte
	x := uint32(i) * 2654435761 // every number once
	if i%3 == 0 {
		b[0], b[1] = 0x20, 0x01
		binary.BigEndian.PutUint32(b[2:], x)
		c.r.IP = netip.AddrFrom16(b)
	} else {
		binary.BigEndian.PutUint32(b[:], x)
		c.r.IP = netip.AddrFrom4([4]byte(b[:4]))
	}
	c.r.Path = c.paths[i%len(c.paths)]
	c.r.Status = 200
	if i%2 == 0 {
		c.r.Status = 404
	}
	return &c.r
}

// TestBoundsAtTheirWorst fills all bounded tables: sources with all their counters,
// sessions, users, flags.
func TestBoundsAtTheirWorst(t *testing.T) {
	const memory = 64 << 20
	before := heap()
	d := newDetector(t, abuse.Config{Enforce: true, BansPerMinute: 1 << 20})
	now := start
	// Each address is ten sources: a plain run has more than there is room for, too.
	for i := range testrun.Rounds(15_000, 40_000) {
		ip := netip.AddrFrom4([4]byte{byte(11 + i>>24), byte(i >> 16), byte(i >> 8), byte(i)})
		now = now.Add(100 * time.Microsecond)
		for k := range 9 {
			r := visit(ip, fmt.Sprintf("/%d/%d", i, k))
			r.Query, r.Status, r.UserAgent = fmt.Sprintf("%09d", k), 404, fmt.Sprintf("agent %d", k)
			d.Admit(abuse.Client{Addr: ip, UserAgent: r.UserAgent, Session: uint64(i + 1), Path: r.Path}, now)
			d.Observe(&abuse.Request{Request: r, Session: uint64(i + 1)}, now)
		}
		r := visit(ip, "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php")
		r.Status = 404
		d.Observe(&abuse.Request{Request: r}, now)
		d.Login(&abuse.LoginEvent{Addr: ip, Account: fmt.Sprint(i), Success: i%2 == 0, Session: uint64(i + 1), Path: "/login"}, now)
	}
	used := heap() - before
	t.Logf("%d MiB of heap", used>>20)
	if used > memory {
		t.Errorf("%d bytes of detection state are more than %d", used, memory)
	}
	runtime.KeepAlive(d)
}
