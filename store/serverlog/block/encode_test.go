package block

import (
	"slices"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"pgregory.net/rapid"

	"github.com/gatebook/gatebook/record"
)

func TestTimeUnit(t *testing.T) {
	for name, c := range map[string]struct {
		micros []int64
		unit   int64
		flags  byte
	}{
		"seconds":                   {[]int64{0, 5_000_000, -3_000_000}, 1_000_000, flagSeconds},
		"milliseconds":              {[]int64{5_000_000, 1000}, 1000, flagMillis},
		"microseconds":              {[]int64{1}, 1, 0},
		"one microsecond among all": {[]int64{0, 1000, 1_000_001}, 1, 0},
	} {
		if unit, flags := timeUnit(c.micros); unit != c.unit || flags != c.flags {
			t.Errorf("%s: %d, %b", name, unit, flags)
		}
	}
}

func TestRunsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.Uint64Range(0, 1<<62).Draw(t, "first")
		want := []uint64{id}
		for range rapid.IntRange(0, 60).Draw(t, "more") {
			id += rapid.SampledFrom([]uint64{1, 1, 1, 2, 1 << 40}).Draw(t, "step")
			want = append(want, id)
		}
		content := appendRuns(nil, want)
		got := make([]uint64, len(want))
		if err := readRuns(got, want[0], content); err != nil || !slices.Equal(got, want) {
			t.Fatalf("got %v, %v; want %v", got, err, want)
		}
		if oneRun := want[len(want)-1]-want[0] == uint64(len(want)-1); oneRun != (len(content) == 0) {
			t.Fatalf("%v has the runs %v", want, content)
		}
	})
}

func TestReadRunsRefuses(t *testing.T) {
	for name, content := range map[string][]byte{
		"an empty run":         {0, 1, 3},
		"a run that is longer": {4},
		"no gap":               {1, 0, 2},
		"runs left over":       {3, 1, 1},
		"a run cut off":        {0x80},
		"a gap cut off":        {1, 0x80},
		"numbers that wrap":    {1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2},
	} {
		ids := make([]uint64, 3)
		if err := readRuns(ids, 7, content); err == nil {
			t.Errorf("%s: %v", name, ids)
		}
	}
}

// there lists the sections of a value.
func there(t *testing.T, value []byte, n int) (list []int) {
	t.Helper()
	found := make([]section, n)
	if err := sections(value, found); err != nil {
		t.Fatal(err)
	}
	for i := range found {
		if found[i].there {
			list = append(list, i)
		}
	}
	return list
}

// What all requests share takes nothing of the body, and what none has nothing
// at all.
func TestSectionsThatAreLeftOut(t *testing.T) {
	enc, _ := codecs(t, zstd.SpeedFastest)
	list := []numbered{
		{1, record.Request{Time: time.Unix(1, 0), Method: "GET", Path: "/a", Status: 200}},
		{2, record.Request{Time: time.Unix(2, 0), Method: "GET", Path: "/b", Status: 200}},
	}
	head, body := encode(t, list, enc)
	_, _, rest, err := parseHead(head)
	if err != nil {
		t.Fatal(err)
	}
	of := func(c column, part int) int { return perDictionary*int(c) + part }
	wantHead := []int{
		of(method, countsOf), of(method, textsOf), of(path, countsOf), of(path, textsOf),
		of(status, countsOf), of(status, textsOf), bucketsSection,
	}
	if got := there(t, rest, headSections); !slices.Equal(got, wantHead) {
		t.Errorf("the head has the sections %v, want %v", got, wantHead)
	}
	if got, want := there(t, body, bodySections), []int{int(path), timePlanes}; !slices.Equal(got, want) {
		t.Errorf("the body has the sections %v, want %v", got, want)
	}
	list[1].id = 5
	_, body = encode(t, list, enc)
	if got := there(t, body, bodySections); !slices.Contains(got, idsSection) {
		t.Errorf("with a gap the body has the sections %v", got)
	}
}

// From some number of requests on, numbers are split by their bytes, where no
// other column predicts them.
func TestPlanesOfLongColumns(t *testing.T) {
	enc, dec := codecs(t, zstd.SpeedFastest)
	for _, rows := range []int{planesFrom - 1, planesFrom} {
		var list []numbered
		for i := range rows {
			list = append(list, numbered{uint64(i), record.Request{
				Time: time.Unix(int64(i), 0), Duration: time.Duration(i) * time.Millisecond, Bytes: int64(i),
			}})
		}
		head, body := encode(t, list, enc)
		got := there(t, body, bodySections)
		first := planesOf + 8*int(duration-dictionaries)
		if split := slices.Contains(got, first+1); split != (rows >= planesFrom) {
			t.Errorf("%d requests: sections %v", rows, got)
		}
		if slices.Contains(got, planesOf+8*int(bytesOut-dictionaries)+1) {
			t.Errorf("%d requests: a predicted column is split: %v", rows, got)
		}
		r := NewReader(dec)
		if err := open(r, head, body); err != nil {
			t.Fatal(err)
		}
		if err := r.Verify(); err != nil {
			t.Error(err)
		}
	}
}
