package serverlog

import (
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/dgraph-io/badger/v4"
	"pgregory.net/rapid"

	"github.com/gatebook/gatebook/internal/testrun"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
	"github.com/gatebook/gatebook/store/serverlog/block"
)

var errBroken = errors.New("broken")

// currentModel is a log whose blocks are full after some fifty requests, beside the
// numbers of the requests that it should have.
type currentModel struct {
	dir     string
	log     *Log
	noise   *rand.ChaCha8
	next    int
	want    map[string]bool
	imports int
	// failures is how many commits fail, persisted or not.
	failures  int
	persisted bool
}

func (m *currentModel) open(t *rapid.T) {
	l, err := newServerLog(m.dir, Options{FlushEvery: quiet}.withDefaults())
	if err != nil {
		t.Fatal(err)
	}
	l.flusher.commit = func(txn *badger.Txn) error {
		if m.failures == 0 {
			return txn.Commit()
		}
		m.failures--
		if m.persisted {
			return errors.Join(txn.Commit(), errBroken)
		}
		return errBroken
	}
	l.start()
	m.log = l
}

func (m *currentModel) noisy() *record.Request {
	r := numbered(m.next)
	noise := make([]byte, record.MaxText)
	m.noise.Read(noise)
	r.UserAgent = string(noise)
	m.want[r.RequestID] = true
	m.next++
	return r
}

func (m *currentModel) record(t *rapid.T) {
	for range rapid.IntRange(1, 40).Draw(t, "requests") {
		if !m.log.Record(m.noisy()) {
			t.Fatal("dropped")
		}
	}
}

func (m *currentModel) flush(t *rapid.T) {
	if err := m.log.Flush(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// fail makes the first commits of a flush fail.
func (m *currentModel) fail(t *rapid.T) {
	m.record(t)
	fail, persisted := rapid.IntRange(1, 3).Draw(t, "failures"), rapid.Bool().Draw(t, "persisted")
	m.do(t, func(*flusher) error { m.failures, m.persisted = fail, persisted; return nil })
	for range 5 {
		if err := m.log.Flush(context.Background()); err == nil {
			break
		} else if !errors.Is(err, errBroken) {
			t.Fatal(err)
		}
	}
	m.do(t, func(*flusher) error { m.failures = 0; return nil })
}

func (m *currentModel) do(t *rapid.T, job func(*flusher) error) {
	if err := m.log.do(context.Background(), job); err != nil {
		t.Fatal(err)
	}
}

func (m *currentModel) imported(t *rapid.T) {
	m.imports++
	err := m.log.Import(context.Background(), strconv.Itoa(m.imports), 0, ImportCheckpoint{Bytes: 1}, []record.Request{*m.noisy(), *m.noisy()})
	if err != nil {
		t.Fatal(err)
	}
}

// expire deletes the requests before one of them: numbered makes one a millisecond.
func (m *currentModel) expire(t *rapid.T) {
	before := rapid.IntRange(0, m.next).Draw(t, "before")
	if _, err := m.log.Retain(context.Background(), Expiry{DeleteBefore: numbered(before).Time}); err != nil {
		t.Fatal(err)
	}
	for n := range before {
		delete(m.want, strconv.Itoa(n))
	}
}

func (m *currentModel) verify(t *rapid.T) {
	page, _, err := m.log.Requests(context.Background(), query.Requests{Limit: query.MaxLimit})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for i := range page {
		got = append(got, page[i].RequestID)
	}
	slices.Sort(got)
	if want := slices.Sorted(maps.Keys(m.want)); !slices.Equal(got, want) {
		t.Fatalf("%d requests, want %d:\n%v\n%v", len(got), len(want), got, want)
	}
	if h := m.log.Health(); h.Damaged != 0 || h.State != record.StateOK || h.Queue != 0 {
		t.Fatalf("health %+v", h)
	}
}

func (m *currentModel) close(t *rapid.T) {
	if err := m.log.Close(); err != nil {
		t.Fatal(err)
	}
}

// Full blocks are made from memory. Whatever changes the blocks meanwhile, and
// whichever write fails, each request is there once.
func TestBlocksFromMemoryAgainstModel(t *testing.T) {
	testrun.Checks(t, 6, 200)
	rapid.Check(t, func(rt *rapid.T) {
		m := &currentModel{dir: t.TempDir(), noise: rand.NewChaCha8([32]byte{9}), want: map[string]bool{}}
		m.open(rt)
		defer func() { m.close(rt) }()
		rt.Repeat(map[string]func(*rapid.T){
			"record": m.record,
			"flush":  m.flush,
			"fail":   m.fail,
			"import": m.imported,
			"expire": m.expire,
			"absorb": func(t *rapid.T) { m.do(t, func(f *flusher) error { f.absorb(); return nil }) },
			"seal": func(t *rapid.T) {
				if err := m.log.Seal(context.Background()); err != nil {
					t.Fatal(err)
				}
			},
			"idle": func(t *rapid.T) {
				m.do(t, func(f *flusher) error {
					for range maxIdle + 1 {
						f.releaseCurrent()
					}
					return nil
				})
			},
			"reopen": func(t *rapid.T) {
				m.close(t)
				m.open(t)
				m.verify(t)
			},
		})
		m.verify(rt)
	})
}

// A busy log makes full blocks without reading one back, and absorbs what comes
// between two flushes of a second.
func TestFullBlocksAreMadeFromMemory(t *testing.T) {
	l := openTestServerLog(t, t.TempDir(), Options{FlushEvery: quiet, QueueBytes: 64 << 20})
	const requests = 2*block.MaxRows + 10_000
	for n := range requests {
		r := numbered(n)
		r.RequestID = ""
		mustRecord(t, l, r)
		if n%20_000 == 19_999 {
			mustFlush(t, l)
		}
	}
	mustFlush(t, l)
	list := l.snapshot()
	if list.rows() != requests || !list[0].full() || !list[1].full() || !list[0].dense || !list[1].dense {
		t.Errorf("%d requests in blocks %+v", list.rows(), list)
	}
	err := l.do(context.Background(), func(f *flusher) error {
		if f.merger != nil && f.merger.builder.Len() > 0 {
			return errors.New("a block was merged from what was read back")
		}
		flushed := f.flushed
		for range 3 {
			f.log.Record(numbered(requests))
			if time.Since(flushed) < syncEvery && !f.absorb() {
				return errors.New("a block is written too early")
			}
		}
		if got := f.log.snapshot().rows(); got != requests {
			return errors.New("a part is written before its time")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	mustFlush(t, l)
	if got := l.snapshot().rows(); got < requests+1 {
		t.Errorf("%d of %d requests after absorbing", got, requests+3)
	}
}
