package block

import (
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

// Whatever the bytes are, reading them ends in an error or in requests that
// can be encoded again.
func FuzzReader(f *testing.F) {
	enc, dec := codecs(f, zstd.SpeedFastest)
	var list []numbered
	for i := range 40 {
		list = append(list, numbered{uint64(i * i), record.Request{
			Time: time.UnixMicro(int64(i) * 1_000_001).UTC(), IP: ips[i%len(ips)], Method: "GET", Path: words[i%len(words)],
			Status: 200 + i%3, Bytes: int64(i % 5), UserAgent: words[(i*3)%len(words)], Browser: "curl",
		}})
	}
	add := func(list []numbered) {
		head, body := encode(f, list, enc)
		f.Add(head, body)
	}
	add(list[:1])
	add(list)
	list[7].Error = &record.Failure{Source: record.SourceApp, Message: "gone"}
	add(list)
	f.Fuzz(func(t *testing.T, head, body []byte) {
		r := NewReader(dec)
		if open(r, head, body) != nil {
			return
		}
		_, _, _ = r.Buckets()
		var one record.Request
		r.Only([]int32{int32(r.Rows()) - 1})
		_ = r.Request(r.Rows()-1, &one)
		r.Only(nil)
		_ = r.Verify()
		q := query.Requests{Path: "/*", Contains: "a", StatusMin: 200, StatusMax: 299, Failed: true}
		_, _ = r.Select(nil, &q)
		for row := range r.Rows() {
			var q record.Request
			if r.Request(row, &q) != nil {
				return
			}
		}
		var b Builder
		b.Reset()
		if err := b.AddBlock(r, nil, nil); err != nil {
			t.Fatalf("read, but not added: %v", err)
		}
		b.Encode(enc, false)
	})
}
