package block

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// drawIndex draws the indexes of a column: each entry occurs, the first time in
// the order of the entries.
func drawIndex(t *rapid.T, rows int) (index []uint16, entries int) {
	for range rows {
		i := rapid.IntRange(0, min(entries, 40)).Draw(t, "index")
		index = append(index, uint16(i))
		entries = max(entries, i+1)
	}
	return index, entries
}

func TestIndexRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.IntRange(1, 200).Draw(t, "rows")
		index, entries := drawIndex(t, rows)
		var context []uint16
		contexts := 0
		if rapid.Bool().Draw(t, "predicted") {
			context, contexts = drawIndex(t, rows)
		}
		content := appendIndex(nil, index, context, make([]uint32, contexts))
		got := make([]uint16, rows)
		read := func(entries int, content []byte) error {
			return readIndex(got, context, make([]uint32, contexts), entries, content)
		}
		if err := read(entries, content); err != nil || !slices.Equal(got, index) {
			t.Fatalf("got %v, %v; want %v", got, err, index)
		}
		for name, err := range map[string]error{
			"an entry more than occurs":   read(entries+1, content),
			"an entry fewer than occurs":  read(entries-1, content),
			"a row that is cut off":       read(entries, content[:len(content)-1]),
			"something behind the column": read(entries, append(slices.Clone(content), 0)),
		} {
			if err == nil {
				t.Fatalf("%s is taken", name)
			}
		}
	})
}

func TestReadIndexRefuses(t *testing.T) {
	one := []uint16{0, 0, 0}
	for name, c := range map[string]struct {
		context []uint16
		content []byte
	}{
		"an entry before its first occurrence":    {nil, []byte{2, 0, 0}},
		"the same, where a context predicts":      {one, []byte{codeIndex + 1, codeNew, codeSame}},
		"a prediction without one before":         {one, []byte{codeSame, codeNew, codeNew}},
		"a number that does not end":              {nil, []byte{0, 0, 0x80}},
		"the same, where a context predicts, too": {one, []byte{codeNew, codeSame, 0x80}},
	} {
		if err := readIndex(make([]uint16, 3), c.context, make([]uint32, 1), 2, c.content); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

// A predicted entry takes one byte, and that byte is zero.
func TestPredictedIndexIsZeros(t *testing.T) {
	context := []uint16{0, 1, 0, 1, 0, 1}
	got := appendIndex(nil, []uint16{0, 1, 0, 1, 0, 1}, context, make([]uint32, 2))
	if want := []byte{codeNew, codeNew, codeSame, codeSame, codeSame, codeSame}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestDistancesRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		index, entries := drawIndex(t, rapid.IntRange(1, 300).Draw(t, "rows"))
		content := appendDistances(nil, index, make([]uint32, entries))
		got := make([]uint16, len(index))
		if err := readDistances(got, entries, content); err != nil || !slices.Equal(got, index) {
			t.Fatalf("got %v, %v; want %v", got, err, index)
		}
		if readDistances(got, entries+1, content) == nil || readDistances(got, entries-1, content) == nil {
			t.Fatal("another number of entries is taken")
		}
		if readDistances(got, entries, content[:len(content)-1]) == nil {
			t.Fatal("a row that is cut off is taken")
		}
	})
}

func TestReadDistancesRefusesWhatIsBeforeTheFirstRow(t *testing.T) {
	for _, content := range [][]byte{{1}, {0, 2}, {0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1}} {
		if readDistances(make([]uint16, min(len(content), 2)), 1, content) == nil {
			t.Errorf("%v is taken", content)
		}
	}
}

func TestPredictedNumbersRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.SampledFrom([]int64{0, 1, -1, 5120, 1 << 62, -1 << 62}), 1, 100).Draw(t, "values")
		var context []uint16
		contexts := 0
		if rapid.Bool().Draw(t, "predicted") {
			context, contexts = drawIndex(t, len(values))
		}
		codes := predicted(nil, values, context, make([]int64, contexts), make([]bool, contexts))
		got := make([]int64, len(values))
		if err := unpredicted(got, codes, context, make([]int64, contexts), make([]bool, contexts)); err != nil || !slices.Equal(got, values) {
			t.Fatalf("got %v, %v; want %v", got, err, values)
		}
	})
}

func TestUnpredictedRefusesAPredictionWithoutOneBefore(t *testing.T) {
	if unpredicted(make([]int64, 2), []uint64{1, 0}, nil, nil, nil) == nil {
		t.Error("without a context it is taken")
	}
	if unpredicted(make([]int64, 2), []uint64{1, 0}, []uint16{0, 1}, make([]int64, 2), make([]bool, 2)) == nil {
		t.Error("with another context it is taken")
	}
}
