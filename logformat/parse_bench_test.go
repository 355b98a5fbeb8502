package logformat

import (
	"encoding/json"
	"testing"

	"github.com/gatebook/gatebook/bench/corpus"
	"github.com/gatebook/gatebook/record"
)

// BenchmarkParse reads lines as servers write them, in each format.
func BenchmarkParse(b *testing.B) {
	const n = 1000
	var combined, ours [][]byte
	log := corpus.New(1, n)
	for r := (record.Request{}); log.Next(&r); {
		combined = append(combined, AppendCombined(nil, &r))
		line, err := json.Marshal(r)
		if err != nil {
			b.Fatal(err)
		}
		ours = append(ours, line)
	}
	for _, c := range []struct {
		format Format
		lines  [][]byte
	}{{Combined, combined}, {Caddy, [][]byte{[]byte(caddyAccess)}}, {NDJSON, ours}} {
		b.Run(string(c.format), func(b *testing.B) {
			b.ReportAllocs()
			for i := range b.N {
				if _, err := ParseEntry(c.format, c.lines[i%len(c.lines)]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
