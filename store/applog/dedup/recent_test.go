package dedup

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/gatebook/gatebook/store/applog/codec"
)

// The recent ids behave as a list that is searched from the front, whatever is added,
// undone and dropped.
func TestRecentIDs(t *testing.T) {
	type one struct {
		seq     uint64
		id      string
		content codec.ContentHash
	}
	rapid.Check(t, func(t *rapid.T) {
		var r Recent
		var model []one
		next := uint64(1)
		t.Repeat(map[string]func(*rapid.T){
			"add": func(t *rapid.T) {
				e := one{next, fmt.Sprint(rapid.IntRange(0, 5).Draw(t, "id")), codec.ContentHash{byte(rapid.IntRange(0, 5).Draw(t, "content"))}}
				r.Add(e.seq, e.id, e.content)
				model = append(model, e)
				next += uint64(rapid.IntRange(1, 3).Draw(t, "gap"))
			},
			"undo": func(t *rapid.T) {
				from := next - min(next, uint64(rapid.IntRange(0, 5).Draw(t, "how many")))
				r.Undo(from)
				for len(model) > 0 && model[len(model)-1].seq >= from {
					model = model[:len(model)-1]
				}
			},
			"drop": func(t *rapid.T) {
				last := next - min(next, uint64(rapid.IntRange(0, 20).Draw(t, "left")))
				r.Drop(last)
				for len(model) > 0 && model[0].seq <= last {
					model = model[1:]
				}
			},
			"": func(t *rapid.T) {
				ids := map[string]bool{}
				for _, e := range model {
					ids[e.id] = true
				}
				for id := range 6 {
					for content := range 6 {
						want, wantKnown := uint64(0), ids[fmt.Sprint(id)]
						for _, e := range model {
							if e.id == fmt.Sprint(id) && e.content == (codec.ContentHash{byte(content)}) {
								want = e.seq // the last one: no two of a log have the same content
							}
						}
						seq, known := r.Find(fmt.Sprint(id), codec.ContentHash{byte(content)})
						if seq != want || known != wantKnown {
							t.Fatalf("id %d, content %d: %d, %v, want %d, %v", id, content, seq, known, want, wantKnown)
						}
					}
				}
				if len(r.newest) != len(ids) || len(r.list) != len(model) {
					t.Fatalf("%d ids and %d entries, want %d and %d", len(r.newest), len(r.list), len(ids), len(model))
				}
			},
		})
	})
}
