package serverlog

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/klauspost/compress/zstd"
	"pgregory.net/rapid"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/kv"
)

// newTestFlusher is one without a database, which is enough to make blocks.
func newTestFlusher(t testing.TB) *flusher {
	t.Helper()
	quick, err := newEncoder(zstd.SpeedFastest)
	if err != nil {
		t.Fatal(err)
	}
	unzip, err := zstd.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(unzip.Close)
	return &flusher{log: &Log{unzip: unzip}, quick: quick, next: 7}
}

// readBack returns the paths of the requests of blocks and checks the blocks.
func readBack(t interface{ Fatalf(string, ...any) }, f *flusher, from uint64, list []change) (paths []string) {
	next := from
	for _, c := range list {
		if c.add.first != next || c.add.last != next+uint64(c.add.rows)-1 || c.next != c.add.last+1 {
			t.Fatalf("%d requests from %d to %d, the next being %d, after %d", c.add.rows, c.add.first, c.add.last, c.next, next)
		}
		next = c.add.last + 1
		if c.add.rows > newBlockRows || len(c.head) > kv.MaxValue || len(c.body) > kv.MaxValue || len(c.body) != c.add.body {
			t.Fatalf("%d requests, %d and %d bytes", c.add.rows, len(c.head), len(c.body))
		}
		reader := f.log.newReader()
		err := reader.Open(c.head[:len(c.head)-checksumLen], func() ([]byte, error) { return c.body[:len(c.body)-checksumLen], nil })
		if err == nil {
			err = reader.Verify()
		}
		for row := 0; err == nil && row < reader.Rows(); row++ {
			var r record.Request
			if err = reader.Request(row, &r); err == nil {
				paths = append(paths, string([]byte(r.Path)))
			}
		}
		if err != nil {
			t.Fatalf("%v", err)
		}
	}
	if next != f.next {
		t.Fatalf("blocks up to %d, requests up to %d", next, f.next)
	}
	return paths
}

// Every request is in one block, in order, and no block is larger than a value
// may be.
func TestNewBlocksFitIntoValues(t *testing.T) {
	f := newTestFlusher(t)
	noise := make([]byte, record.MaxText)
	rand.NewChaCha8([32]byte{1}).Read(noise)
	rapid.Check(t, func(t *rapid.T) {
		typical := rapid.SampledFrom([]int{0, 20, 300, record.MaxText}).Draw(t, "typical length")
		n := rapid.IntRange(0, 40_000/(1+typical/10)).Draw(t, "requests")
		from, paths := f.next, []string(nil)
		list := f.sealAll(nil, func(yield func(*record.Request) bool) {
			for i := range n {
				r := numbered(i)
				size := min(int(rand.ExpFloat64()*float64(typical)), len(noise))
				at := rand.IntN(len(noise) - size + 1)
				r.Path, r.Bytes = string(noise[at:at+size]), rand.Int64()
				paths = append(paths, r.Path)
				if !yield(r) {
					return
				}
			}
		})
		if got := readBack(t, f, from, list); !slices.Equal(got, paths) {
			t.Fatalf("%d requests of %d", len(got), n)
		}
	})
}

// Numbers that do not compress make the largest body that there can be.
func TestBlocksThatDoNotFitAreSplit(t *testing.T) {
	f := newTestFlusher(t)
	from := f.next
	list := f.sealAll(nil, func(yield func(*record.Request) bool) {
		for i := range 16384 {
			r := numbered(i)
			for _, n := range []*int64{&r.Bytes, &r.BytesIn, (*int64)(&r.Duration)} {
				*n = rand.Int64()
			}
			r.Time = microTime(rand.Int64() / 1000)
			for _, text := range []*string{&r.User, &r.Host, &r.Referer, &r.Method, &r.Query} {
				*text = strconv.Itoa(rand.IntN(8000))
			}
			yield(r)
		}
	})
	if len(list) < 2 {
		t.Fatalf("one block of %d and %d bytes", len(list[0].head), len(list[0].body))
	}
	if got := readBack(t, f, from, list); len(got) != 16384 {
		t.Errorf("%d requests of 16384", len(got))
	}
}
