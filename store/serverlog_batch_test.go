package store

import (
	"bytes"
	"context"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"pgregory.net/rapid"

	"github.com/gatebook/gatebook/record"
)

func TestBatchKeysSortByTimeThenNumber(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		micros := rapid.OneOf(rapid.Int64(), rapid.Int64Range(-3*dayMicros, 3*dayMicros))
		a, b := rowID{micros: micros.Draw(t, "a"), seq: rapid.Uint64().Draw(t, "seq a")}, rowID{micros: micros.Draw(t, "b"), seq: rapid.Uint64().Draw(t, "seq b")}
		ka, kb := batchKey(a.micros, a.seq), batchKey(b.micros, b.seq)
		if bytes.Compare(ka, kb) != a.compare(b) {
			t.Fatalf("%x and %x for %v and %v", ka, kb, a, b)
		}
		if newest, seq, err := parseBatchKey(ka); err != nil || newest != a.micros || seq != a.seq {
			t.Fatalf("%v comes back as %d, %d, %v", a, newest, seq, err)
		}
	})
}

func TestCutBatch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const most = 70 << 10
		micros := rapid.Int64Range(-dayMicros, dayMicros).Draw(t, "start")
		step := rapid.SampledFrom([]int64{0, 1, 1e6, 60e6, 3600e6}).Draw(t, "step")
		var rows []row
		end := 0
		for range rapid.IntRange(1, 3*batchRows).Draw(t, "rows") {
			micros += step
			size := int(rand.ExpFloat64() * 300)
			rows = append(rows, row{micros, end, end + min(size, most)})
			end = rows[len(rows)-1].end
		}
		for len(rows) > 0 {
			n := cutBatch(rows)
			cut := rows[:n]
			first, last := cut[0], cut[n-1]
			if n < 1 || n > batchRows || last.end-first.start > batchBytes ||
				last.micros-first.micros > batchSpan.Microseconds() || day(first.micros) != day(last.micros) {
				t.Fatalf("%d rows from %v to %v", n, first, last)
			}
			rows = rows[n:]
		}
	})
}

// The largest requests that there can be, of bytes that do not compress.
func TestBatchesOfTheLargestRequests(t *testing.T) {
	random := rand.NewChaCha8([32]byte{1})
	noise := func() string {
		b := make([]byte, record.MaxText+100)
		random.Read(b)
		return string(b)
	}
	l := openTestServerLog(t, t.TempDir(), Options{FlushEvery: quiet})
	const requests = 30
	for n := range requests {
		r := numbered(n)
		r.Error = &record.Failure{}
		for _, s := range requestTextsOf(r) {
			if s != &r.RequestID {
				*s = noise()
			}
		}
		for _, s := range failureTextsOf(r.Error) {
			*s = noise()
		}
		mustRecord(t, l, r)
	}
	if got := list(t, l, record.RequestQuery{}); len(got) != requests {
		t.Errorf("%d of %d requests", len(got), requests)
	}
	if h := l.Health(); h.Damaged != 0 || h.State != record.StateOK {
		t.Errorf("health %+v", h)
	}
}

// A transaction that would be too large is split.
func TestManyBatchesAtOnce(t *testing.T) {
	l := openTestServerLog(t, t.TempDir(), Options{FlushEvery: quiet})
	const requests = 3000
	for n := range requests {
		r := numbered(n)
		r.Time = r.Time.Add(-time.Duration(n) * 2 * time.Hour) // a batch each
		r.UserAgent = strings.Repeat("x", n%500)
		mustRecord(t, l, r)
	}
	if got := list(t, l, record.RequestQuery{Limit: record.MaxLimit}); len(got) != requests {
		t.Errorf("%d of %d requests", len(got), requests)
	}
	if err := l.Flush(context.Background()); err != nil {
		t.Error(err)
	}
}

func FuzzBatch(f *testing.F) {
	unzip, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(batchBytes))
	if err != nil {
		f.Fatal(err)
	}
	writer, err := newBatchWriter()
	if err != nil {
		f.Fatal(err)
	}
	body := appendRequest(nil, sampleRequest())
	key := batchKey(7, 1)
	value := writer.value(key, []row{{5, 0, len(body)}, {7, 0, len(body)}}, body)
	f.Add(value[:len(value)-batchSum])
	f.Add([]byte{requestVersion, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, value []byte) {
		// The checksum is made to fit, so that what it protects is tried too.
		value = batchSummed(key, value)
		b := batchReader{zstd: unzip}
		if b.read(key, value) != nil {
			return
		}
		for i := range b.rows {
			var r record.Request
			if decodeRequest(b.body(i), &r) != nil {
				return
			}
		}
	})
}

func batchSummed(key, value []byte) []byte {
	sum := batchChecksum(key, value)
	return append(value[:len(value):len(value)], byte(sum>>24), byte(sum>>16), byte(sum>>8), byte(sum))
}
