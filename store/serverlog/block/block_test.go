package block

import (
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"pgregory.net/rapid"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

func codecs(t testing.TB, level zstd.EncoderLevel) (*zstd.Encoder, *zstd.Decoder) {
	t.Helper()
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(level), zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(false))
	if err != nil {
		t.Fatal(err)
	}
	dec, err := NewDecoder(1)
	if err != nil {
		t.Fatal(err)
	}
	return enc, dec
}

// words are few, so that they repeat, and nasty.
var words = []string{"", "a", "/", "/desks/23", "\x00\xff", "Mozilla/5.0 (X11)", "curl/8", "Ünïcödé", strings.Repeat("x", 300)}

func drawWord(t *rapid.T) string {
	if rapid.IntRange(0, 9).Draw(t, "kind") == 0 {
		return rapid.StringN(0, 40, 60).Draw(t, "text")
	}
	return rapid.SampledFrom(words).Draw(t, "word")
}

var ips = []netip.Addr{{}, netip.MustParseAddr("203.0.113.7"), netip.MustParseAddr("203.0.113.9"), netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("::")}

func drawRequest(t *rapid.T, at *int64) record.Request {
	*at += rapid.SampledFrom([]int64{0, 1, 1000, 1_000_000, -2_500_000, 86_400_000_000}).Draw(t, "step")
	r := record.Request{
		Time:      time.UnixMicro(*at).UTC(),
		IP:        rapid.SampledFrom(ips).Draw(t, "ip"),
		Method:    rapid.SampledFrom([]string{"GET", "POST", ""}).Draw(t, "method"),
		Host:      drawWord(t),
		Path:      drawWord(t),
		Query:     drawWord(t),
		Status:    rapid.SampledFrom([]int{200, 404, 500, 0, -7, 100000}).Draw(t, "status"),
		Bytes:     rapid.SampledFrom([]int64{0, 5, 5120, -1, 1 << 62}).Draw(t, "bytes"),
		BytesIn:   rapid.Int64Range(0, 3).Draw(t, "in"),
		Duration:  time.Duration(rapid.Int64Range(0, 1<<40).Draw(t, "duration")) * time.Microsecond,
		Proto:     rapid.SampledFrom([]string{"HTTP/1.1", "HTTP/2.0"}).Draw(t, "proto"),
		UserAgent: drawWord(t),
		Browser:   rapid.SampledFrom([]string{"", "Firefox 145", "curl"}).Draw(t, "browser"),
		OS:        rapid.SampledFrom([]string{"", "Linux"}).Draw(t, "os"),
		Referer:   drawWord(t),
		User:      rapid.SampledFrom([]string{"", "", "ada"}).Draw(t, "user"),
		Country:   rapid.SampledFrom([]string{"", "DE"}).Draw(t, "country"),
		ASN:       rapid.SampledFrom([]uint32{0, 3320, 1<<32 - 1}).Draw(t, "asn"),
		RequestID: rapid.SampledFrom([]string{"", "r1", "r2"}).Draw(t, "id"),
		Verdict:   rapid.SampledFrom([]record.Verdict{"", record.VerdictPass, record.VerdictBan}).Draw(t, "verdict"),
		Aborted:   rapid.Bool().Draw(t, "aborted"),
	}
	if r.ASN != 0 {
		r.ASOrg = drawWord(t)
	}
	if rapid.IntRange(0, 5).Draw(t, "failed") == 0 {
		r.Error = &record.Failure{Source: rapid.SampledFrom([]string{"app", "gate"}).Draw(t, "source"), Type: drawWord(t), Message: drawWord(t), Where: drawWord(t), Trace: drawWord(t), Integration: drawWord(t), Cut: rapid.Bool().Draw(t, "cut")}
	}
	return r
}

type numbered struct {
	id uint64
	record.Request
}

func drawRequests(t *rapid.T, first uint64) []numbered {
	n := rapid.IntRange(1, 40).Draw(t, "rows")
	if rapid.IntRange(0, 9).Draw(t, "long") == 0 {
		n += planesFrom
	}
	at := rapid.SampledFrom([]int64{0, -5, 1_700_000_000_000_000, 1_700_000_000_123_456}).Draw(t, "start")
	few := make([]record.Request, 7)
	for i := range few {
		few[i] = drawRequest(t, &at)
	}
	list := make([]numbered, n)
	id := first
	for i := range list {
		list[i] = numbered{id, few[(i*i+i/3)%len(few)]}
		list[i].Time = list[i].Time.Add(time.Duration(i) * time.Millisecond)
		id += rapid.SampledFrom([]uint64{1, 1, 1, 1, 9}).Draw(t, "gap")
	}
	return list
}

func encode(t testing.TB, list []numbered, enc *zstd.Encoder) (head, body []byte) {
	var b Builder
	b.Reset()
	for i := range list {
		b.Add(list[i].id, &list[i].Request)
	}
	return b.Encode(enc, false)
}

func open(r *Reader, head, body []byte) error {
	return r.Open(head, func() ([]byte, error) { return body, nil })
}

func checkBlock(t *rapid.T, r *Reader, want []numbered) {
	ids, err := r.IDs()
	if err != nil || r.Rows() != len(want) {
		t.Fatalf("%d rows of %d, %v", r.Rows(), len(want), err)
	}
	for i := range want {
		var got record.Request
		if err := r.Request(i, &got); err != nil {
			t.Fatal(err)
		}
		if ids[i] != want[i].id || !reflect.DeepEqual(got, want[i].Request) {
			t.Fatalf("row %d: got %d %+v, want %d %+v", i, ids[i], got, want[i].id, want[i].Request)
		}
	}
}

// What goes into a block comes out again, whether it is encoded at once or
// merged from parts, and the head tells the truth about it.
func TestBlockAgainstSlice(t *testing.T) {
	enc, dec := codecs(t, zstd.SpeedFastest)
	rapid.Check(t, func(t *rapid.T) {
		list := drawRequests(t, rapid.Uint64Range(0, 1<<40).Draw(t, "first"))
		r := NewReader(dec)
		head, body := encode(nil, list, enc)
		if err := open(r, head, body); err != nil {
			t.Fatal(err)
		}
		checkBlock(t, r, list)
		checkHead(t, r, list)

		cut := rapid.IntRange(0, len(list)-1).Draw(t, "cut")
		var merged Builder
		merged.Reset()
		for _, part := range [][]numbered{list[:cut], list[cut:]} {
			if len(part) == 0 {
				continue
			}
			head, body := encode(nil, part, enc)
			if err := open(r, head, body); err != nil {
				t.Fatal(err)
			}
			if err := merged.AddBlock(r, nil, nil); err != nil {
				t.Fatal(err)
			}
		}
		mergedHead, mergedBody := merged.Encode(enc, false)
		if string(mergedHead) != string(head) || string(mergedBody) != string(body) {
			t.Fatal("merged parts make another block than the whole")
		}
	})
}

func checkHead(t *rapid.T, r *Reader, list []numbered) {
	if err := r.Verify(); err != nil {
		t.Fatal(err)
	}
	unit, buckets, err := r.Buckets()
	if err != nil {
		t.Fatal(err)
	}
	want := map[int64]Bucket{}
	for _, n := range list {
		if us := n.Time.UnixMicro(); us < r.Oldest || us > r.Newest {
			t.Fatalf("%d is outside %d to %d", us, r.Oldest, r.Newest)
		}
		start := floor(n.Time.UnixMicro(), unit*1_000_000) / 1_000_000
		k := want[start]
		k.Start = start
		k.Classes[record.ClassOf(n.Status)]++
		k.Bytes += n.Bytes
		want[start] = k
	}
	if len(buckets) != len(want) {
		t.Fatalf("%d buckets, want %d", len(buckets), len(want))
	}
	for _, k := range buckets {
		if want[k.Start] != k {
			t.Fatalf("bucket %+v, want %+v", k, want[k.Start])
		}
	}
}

// Select answers what Match would, for any combination of filters.
func TestSelectAgainstMatch(t *testing.T) {
	enc, dec := codecs(t, zstd.SpeedFastest)
	rapid.Check(t, func(t *rapid.T) {
		list := drawRequests(t, 1)
		r := NewReader(dec)
		head, body := encode(nil, list, enc)
		if err := open(r, head, body); err != nil {
			t.Fatal(err)
		}
		q := drawQuery(t, list)
		got, err := r.Select(nil, &q)
		if err != nil {
			t.Fatal(err)
		}
		var want []int32
		for i := range list {
			if q.Match(&list[i].Request) {
				want = append(want, int32(i))
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("%+v: got %v, want %v", q, got, want)
		}
	})
}

func drawQuery(t *rapid.T, list []numbered) (q query.Requests) {
	one := list[rapid.IntRange(0, len(list)-1).Draw(t, "one")].Request
	with := func(name string) bool { return rapid.IntRange(0, 4).Draw(t, name) == 0 }
	if with("ip") && one.IP.IsValid() {
		q.Prefix = netip.PrefixFrom(one.IP, rapid.SampledFrom([]int{0, 24, 32}).Draw(t, "bits")).Masked()
	}
	if with("from") {
		q.From = one.Time.Add(rapid.SampledFrom([]time.Duration{0, 1, -1, time.Microsecond}).Draw(t, "from"))
	}
	if with("to") {
		q.To = one.Time.Add(rapid.SampledFrom([]time.Duration{0, 1, -1, time.Hour}).Draw(t, "to"))
	}
	if with("status") {
		q.StatusMin, q.StatusMax = 200, rapid.SampledFrom([]int{200, 404, 599}).Draw(t, "status")
	}
	if with("method") {
		q.Method = "GET"
	}
	if with("path") {
		q.Path = rapid.SampledFrom([]string{one.Path, "/*", "*23"}).Draw(t, "path")
	}
	if with("browser") {
		q.Browser = rapid.SampledFrom([]string{"firefox", "curl", "none"}).Draw(t, "browser")
	}
	if with("os") {
		q.OS = "linux"
	}
	if with("country") {
		q.Country = "de"
	}
	if with("asn") {
		q.ASN = 3320
	}
	if with("user") {
		q.User = "ADA"
	}
	if with("verdict") {
		q.Verdict = rapid.SampledFrom([]record.Verdict{record.VerdictPass, record.VerdictBan}).Draw(t, "verdict")
	}
	if with("contains") {
		q.Contains = rapid.SampledFrom([]string{"DESK", "a", "ünï", "x11", "nowhere", "\x00"}).Draw(t, "contains")
	}
	q.Failed = with("failed")
	return q
}
