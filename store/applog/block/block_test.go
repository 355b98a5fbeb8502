package block

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

// Few values for each field, so that entries share them; among them are letters
// that only Unicode's case folding makes equal, and values that look like a part
// of another.
var (
	categories = []string{"booking", "book", "global", record.CategoryGatebook}
	types      = []string{"", "booking.created", "booking.created.late", "booking", "login.failed", "Booking.created"}
	names      = []string{"", "1", "12", "a", "A", "ab", "k", "\u212a", "s", "\u017f", "b:1", ":", "Straße", "x\x00y", "\xff", "\xe2:", "\ufffd", "İ", "i", "Jo Doe"}
	outcomes   = []string{"", record.OutcomeSuccess, record.OutcomeFailure}
	sentences  = []string{"", "A booking.", "Ein Tisch für MÜLLER", "müller", "Kelvin K", "two words", "words two", "ÖFFNEN", "öffnen", "İstanbul", "\xff\xfe", "ſo"}
	searched   = []string{"", "booking", "BOOKING.", "müller", "MÜLLER", "ü", "kelvin", "\u212a", "two words", "o", "ſ", "s", "ö", "İ", "i̇", "istanbul", "\xff", "\ufffd", "nothing", "x\x00", "doe", "a", "1", "er ", "für m"}
)

func pick[T any](t *rapid.T, label string, from []T) T { return rapid.SampledFrom(from).Draw(t, label) }

var noon = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

func drawTime(t *rapid.T, label string) time.Time {
	if rapid.IntRange(0, 9).Draw(t, label+" far") == 0 {
		return pick(t, label, []time.Time{time.Unix(0, 0), time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)}).UTC()
	}
	return noon.Add(time.Duration(rapid.IntRange(-5, 5).Draw(t, label)) * time.Microsecond)
}

func drawEvent(t *rapid.T) record.Event {
	e := record.Event{
		Time:       drawTime(t, "time"),
		Category:   pick(t, "category", categories),
		Type:       pick(t, "type", types),
		Outcome:    pick(t, "outcome", outcomes),
		Text:       pick(t, "text", sentences),
		Key:        pick(t, "key", names),
		Anonymized: rapid.Bool().Draw(t, "anonymized"),
	}
	if rapid.Bool().Draw(t, "until") {
		e.Until = drawTime(t, "until")
	}
	if rapid.Bool().Draw(t, "subject") {
		e.Subject = &record.Subject{Type: pick(t, "subject type", names), ID: pick(t, "subject id", names), Label: pick(t, "label", sentences)}
	}
	if rapid.Bool().Draw(t, "initiator") {
		e.Initiator = &record.Initiator{ID: pick(t, "initiator id", names), Name: pick(t, "name", names), Email: pick(t, "email", names)}
	}
	if rapid.Bool().Draw(t, "params") {
		e.Params = map[string]string{"who": pick(t, "who", names), "what": pick(t, "what", sentences)}
		for n := range pick(t, "more params", []int{0, 0, 0, 70}) {
			e.Params[fmt.Sprint(n)] = "x"
		}
	}
	if rapid.IntRange(0, 20).Draw(t, "large") == 0 {
		e.Text = strings.Repeat("large ", 1000) + e.Text
	}
	return e
}

func drawFilter(t *rapid.T, label string) (f query.EventFilter) {
	some := func(what string, from []string) []string {
		if rapid.IntRange(0, 2).Draw(t, label+what+"?") > 0 {
			return nil
		}
		return rapid.SliceOfN(rapid.SampledFrom(from), 1, 2).Draw(t, label+what)
	}
	f.Categories = some("categories", categories)
	f.Types = some("types", append(slices.Clone(types), "booking.*", "*", "book*"))
	f.Outcomes = some("outcomes", outcomes)
	f.Initiators = some("initiators", names)
	f.Subjects = some("subjects", append(slices.Clone(names), "A:1", "b:1:12", ":1", "a:\u212a", "::", "\xe2::", "b:1:b:1"))
	f.Words = some("words", searched)
	return f
}

// builder has entries, which get numbers that leave some out.
func builder(list []record.Event, number uint64) *Builder {
	var b Builder
	b.Reset(number)
	for i := range list {
		list[i].Seq = number*MaxRows + uint64(i+i/3)
		b.Add(&list[i])
	}
	return &b
}

func block(list []record.Event, number uint64, most int) (head, value []byte) {
	return builder(list, number).Encode(most)
}

func mustOpen(t interface{ Fatal(...any) }, r *Reader, value []byte, number uint64) {
	if err := r.Open(value, number); err != nil {
		t.Fatal(err)
	}
}

// A block answers as the entries do, and its head tells what they have in common.
func TestBlockAnswersAsItsEntries(t *testing.T) {
	var r Reader // its memory is used again
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(rapid.Custom(drawEvent), 0, 40).Draw(t, "events")
		number := rapid.Uint64Range(0, 1<<50).Draw(t, "number")
		most := pick(t, "most", []int{1 << 20, 1 << 20, 1500})
		b := builder(list, number)
		headBytes, value := b.Encode(most)
		terms, err := ParseTerms(b.Terms(), number)
		if err != nil {
			t.Fatal(err)
		}
		checkCategories(t, &terms, list)
		if len(value) > most {
			t.Fatalf("%d bytes", len(value))
		}
		mustOpen(t, &r, value, number)
		checkRows(t, &r, list)
		checkHead(t, headBytes, number, list)
		for range 10 {
			q := query.Events{EventFilter: drawFilter(t, ""), Not: drawFilter(t, "not ")}
			if rapid.Bool().Draw(t, "from?") {
				q.From = drawTime(t, "from").Add(time.Duration(rapid.IntRange(0, 1).Draw(t, "ns")))
			}
			if rapid.Bool().Draw(t, "to?") {
				q.To = drawTime(t, "to").Add(time.Duration(rapid.IntRange(0, 1).Draw(t, "ns")))
			}
			rows, err := r.Select(NewQuestion(&q))
			if err != nil {
				t.Fatal(err)
			}
			checkAnswer(t, fmt.Sprintf("%+v", q), &r, rows, list, q.Match)
			checkTerms(t, &terms, list, &q)
			checkBuilt(t, b, list, &q)
		}
	})
}

func checkCategories(t *rapid.T, terms *Terms, list []record.Event) {
	want := map[string]bool{}
	for _, e := range list {
		want[e.Category] = true
	}
	if !slices.Equal(terms.Categories, slices.Sorted(maps.Keys(want))) {
		t.Fatalf("categories %q, want %v", terms.Categories, want)
	}
}

// checkTerms holds a filter to what it promises: no answer is left out.
func checkTerms(t *rapid.T, terms *Terms, list []record.Event, q *query.Events) {
	if !terms.MayMatch(NewQuestion(q)) && slices.ContainsFunc(list, func(e record.Event) bool { return q.Match(&e) }) {
		t.Fatalf("%+v: the block has an answer, and its terms say that it has none", q)
	}
}

// checkBuilt asks the rows of a block in the making.
func checkBuilt(t *rapid.T, b *Builder, list []record.Event, q *query.Events) {
	last := b.Number()*MaxRows + uint64(rapid.IntRange(0, 60).Draw(t, "last"))
	var got []Row
	if err := b.Rows().Each(q, last, func(r Row) error { got = append(got, r); return nil }); err != nil {
		t.Fatal(err)
	}
	for i := range list {
		e := &list[i]
		at := slices.IndexFunc(got, func(r Row) bool { return r.Seq == e.Seq })
		if found := at >= 0; found != (q.Match(e) && e.Seq <= last) && !(found && got[at].Opaque && e.Seq <= last) {
			t.Fatalf("%+v of %+v: %t", q, e, found)
		}
		if at >= 0 && got[at] != rowOf(e, got[at].Opaque) {
			t.Fatalf("%+v, want %+v", got[at], e)
		}
	}
}

func checkAnswer(t *rapid.T, what string, r *Reader, rows []int, list []record.Event, match func(*record.Event) bool) {
	if !slices.IsSorted(rows) {
		t.Fatalf("rows %v", rows)
	}
	for i := range list {
		got, want := slices.Contains(rows, i), match(&list[i])
		if got != want && !(got && r.Row(i).Opaque) {
			t.Fatalf("%s of %+v: %t, want %t", what, list[i], got, want)
		}
	}
}

func checkRows(t *rapid.T, r *Reader, list []record.Event) {
	if all, err := r.All(); err != nil || len(all) != len(list) || r.Rows() != len(list) {
		t.Fatalf("%d of %d rows of %d, %v", len(all), r.Rows(), len(list), err)
	}
	for i, e := range list {
		if got := r.Row(i); got != rowOf(&e, got.Opaque) {
			t.Fatalf("row %d: %+v, want %+v", i, got, e)
		}
	}
}

func rowOf(e *record.Event, opaque bool) Row {
	return Row{Seq: e.Seq, Time: e.Time.UTC(), Due: dueOf(e).UTC(), Category: e.Category, Anonymized: e.Anonymized, Opaque: opaque}
}

func dueOf(e *record.Event) time.Time {
	if e.Until.IsZero() || e.Until.Before(e.Time) {
		return e.Time
	}
	return e.Until
}

func checkHead(t *rapid.T, value []byte, number uint64, list []record.Event) {
	h, err := ParseHead(value, number)
	if err != nil || h.Rows != len(list) {
		t.Fatalf("%+v, %v", h, err)
	}
	var want Head
	want.Rows = len(list)
	for i, e := range list {
		due := dueOf(&e)
		if i == 0 || e.Time.Before(want.Oldest) {
			want.Oldest = e.Time
		}
		if i == 0 || e.Time.After(want.Newest) {
			want.Newest = e.Time
		}
		if !e.Anonymized && (want.Due.IsZero() || due.Before(want.Due)) {
			want.Due = due
		}
	}
	if h != want {
		t.Fatalf("%+v, want %+v", h, want)
	}
}

// However much text the entries have, a block keeps within its bounds, and still
// knows as many as fit.
func TestBlockKeepsItsBounds(t *testing.T) {
	const most = 500 << 10
	random := rand.NewChaCha8([32]byte{1})
	for name, text := range map[string]func(i int) string{
		"hostile": func(i int) string {
			noise := make([]byte, 2000)
			random.Read(noise)
			return string(noise)
		},
		"ordinary": func(i int) string { return fmt.Sprintf("Booking %d has been moved to the room on floor %d.", i, i%7) },
		"huge":     func(i int) string { return strings.Repeat("x", 100_000) },
	} {
		list := make([]record.Event, 700)
		for i := range list {
			list[i] = record.Event{Time: noon, Category: "booking", Text: text(i)}
		}
		_, value := block(list, 1, most)
		var r Reader
		mustOpen(t, &r, value, 1)
		hidden := 0
		for i := range list {
			if r.Row(i).Opaque {
				hidden++
			}
		}
		t.Logf("%s: %d bytes, %d of %d are opaque", name, len(value), hidden, len(list))
		if len(value) > most || (name == "ordinary") != (hidden == 0) || (name == "huge") != (hidden == len(list)) {
			t.Errorf("%s: %d bytes, %d opaque", name, len(value), hidden)
		}
	}
}

// What an anchor leaves out is all that is not ASCII and becomes ASCII in lower
// case.
func TestAnchorStandsForASCII(t *testing.T) {
	for c := rune(utf8.RuneSelf); c <= unicode.MaxRune; c++ {
		if lower := unicode.ToLower(c); lower < utf8.RuneSelf && lower != 'k' && lower != 'i' {
			t.Errorf("%q is %q in lower case", c, lower)
		}
	}
	if got := anchor("Ökonomie für Ÿ"); got != "onom" {
		t.Errorf("got %q", got)
	}
}

func TestBlockIsGoodInItsPlaceOnly(t *testing.T) {
	head, value := block([]record.Event{{Time: noon, Category: "booking"}}, 7, 1<<20)
	var r Reader
	if err := r.Open(value, 8); err == nil || !strings.Contains(err.Error(), "checksum") {
		t.Error(err)
	}
	if _, err := ParseHead(head, 8); err == nil {
		t.Error("a head is taken for another's")
	}
	for i := range value {
		value[i] ^= 4
		if err := r.Open(value, 7); err == nil {
			t.Errorf("byte %d may be anything", i)
		}
		value[i] ^= 4
	}
	terms := builder([]record.Event{{Time: noon, Category: "booking"}}, 7).Terms()
	if _, err := ParseTerms(terms, 8); err == nil {
		t.Error("terms are taken for another's")
	}
	if _, err := ParseTerms(terms[:len(terms)-1], 7); err == nil {
		t.Error("terms may be cut off")
	}
}
