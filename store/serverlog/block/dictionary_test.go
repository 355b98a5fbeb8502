package block

import (
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func newDictionary(texts ...string) *dictionary {
	d := new(dictionary)
	d.reset()
	for _, s := range texts {
		d.index(s, 1)
	}
	return d
}

// entries are copies of the texts.
func (d *dictionary) entries() (list []string) {
	for _, e := range d.all() {
		list = append(list, strings.Clone(e))
	}
	return list
}

// read is what a reader makes of d.
func (d *dictionary) read(into *Dictionary) error {
	terminated := d.terminated()
	var lengths []byte
	if !terminated {
		lengths = d.appendLengths(nil)
	}
	return into.parse(lengths, d.texts(nil, terminated))
}

func TestDictionaryCounts(t *testing.T) {
	d := newDictionary("a", "b", "a", "a", "")
	if i := d.index("b", 5); i != 1 {
		t.Errorf("b is entry %d", i)
	}
	if !slices.Equal(d.entries(), []string{"a", "b", ""}) || !slices.Equal(d.counts, []uint32{3, 6, 1}) || d.size() != 2 {
		t.Errorf("%q, %v, %d bytes", d.entries(), d.counts, d.size())
	}
	d.reset()
	if d.index("b", 1) != 0 || d.size() != 1 {
		t.Errorf("after reset: %q, %v, %d bytes", d.entries(), d.counts, d.size())
	}
}

// The texts of a request lie in memory that is used again.
func TestDictionaryKeepsCopies(t *testing.T) {
	memory := []byte("first")
	d := newDictionary(text(memory))
	copy(memory, "other")
	if d.entries()[0] != "first" || d.index("first", 1) != 0 || d.index("other", 1) != 1 {
		t.Errorf("entries %q", d.entries())
	}
}

func TestDictionaryForms(t *testing.T) {
	for name, c := range map[string]struct {
		texts      []string
		empty      bool
		terminated bool
	}{
		"the empty text":     {[]string{""}, true, true},
		"nothing else":       {[]string{"", ""}, true, true},
		"the empty text too": {[]string{"", "a"}, false, true},
		"texts":              {[]string{"a", "bb"}, false, true},
		"a terminator":       {[]string{"a", "b\x00b"}, false, false},
	} {
		if d := newDictionary(c.texts...); d.empty() != c.empty || d.terminated() != c.terminated {
			t.Errorf("%s: empty %t, terminated %t", name, d.empty(), d.terminated())
		}
	}
	if got := newDictionary("\x00a", "bb").appendLengths(nil); len(got) != 1 {
		t.Errorf("texts of one length have the lengths %v", got)
	}
	if got := newDictionary("\x00a", "b").appendLengths(nil); len(got) != 2 {
		t.Errorf("texts of two lengths have the lengths %v", got)
	}
}

func TestDictionaryRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOfNDistinct(rapid.OneOf(
			rapid.SampledFrom([]string{"a", "b\x00", "\x00\x00", "ü", strings.Repeat("long", 200)}),
			rapid.StringN(0, 5, 20)), 1, 60, rapid.ID).Draw(t, "texts")
		if rapid.Bool().Draw(t, "addresses") {
			for i := range texts {
				texts[i] = string(binary.BigEndian.AppendUint32(nil, uint32(i)))
			}
		}
		d := newDictionary(texts...)
		for range rapid.IntRange(0, 20).Draw(t, "more") {
			d.index(rapid.SampledFrom(texts).Draw(t, "again"), 1)
		}
		if d.empty() {
			return // such a column is left out
		}
		var got Dictionary
		if err := d.read(&got); err != nil {
			t.Fatal(err)
		}
		if got.Len() != len(texts) {
			t.Fatalf("%d texts, want %d", got.Len(), len(texts))
		}
		rows := 0
		for i, want := range texts {
			if string(got.Text(i)) != want {
				t.Fatalf("text %d is %q, want %q", i, got.Text(i), want)
			}
			if !got.has([]byte(want)) {
				t.Fatalf("%q is not found", want)
			}
			rows += int(d.counts[i])
		}
		if err := got.parseCounts(d.appendCounts(nil), rows); err != nil || !slices.Equal(got.counts, d.counts) {
			t.Fatalf("counts %v, %v; want %v", got.counts, err, d.counts)
		}
	})
}

func TestDictionaryParseRefuses(t *testing.T) {
	for name, c := range map[string]struct{ lengths, text []byte }{
		"texts without an end":             {nil, []byte("a\x00b")},
		"a width of 0":                     {[]byte{0}, []byte("ab")},
		"a width that does not fit":        {[]byte{2}, []byte("abc")},
		"lengths beyond the texts":         {[]byte{1, 3}, []byte("abc")},
		"lengths that leave some over":     {[]byte{1, 1}, []byte("abc")},
		"a length that does not end":       {[]byte{1, 0x80}, []byte("abc")},
		"lengths whose sum runs over":      {append([]byte{1}, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1), []byte("a")},
		"a length of more than a text has": {binary.AppendUvarint([]byte{1}, maxText+1), []byte("a")},
	} {
		var d Dictionary
		if err := d.parse(c.lengths, c.text); err == nil {
			t.Errorf("%s: %d texts", name, d.Len())
		}
	}
}

func TestDictionaryParseCountsRefuses(t *testing.T) {
	for name, counts := range map[string][]byte{
		"too few":       {2},
		"too many":      {1, 1, 1},
		"a zero":        {3, 0},
		"another sum":   {1, 1},
		"more than all": {4, 1},
		"cut off":       {1, 0x80},
	} {
		var d Dictionary
		if err := newDictionary("a", "b").read(&d); err != nil {
			t.Fatal(err)
		}
		if err := d.parseCounts(counts, 3); err == nil {
			t.Errorf("%s are taken", name)
		}
	}
}

func TestSetEmptyIsOneEmptyText(t *testing.T) {
	var d Dictionary
	if err := newDictionary("a", "bb").read(&d); err != nil {
		t.Fatal(err)
	}
	d.setEmpty(7)
	if d.Len() != 1 || len(d.Text(0)) > 0 || !d.counted || d.counts[0] != 7 {
		t.Errorf("%d texts, %v", d.Len(), d.counts)
	}
}

// An address is found only where an address begins.
func TestHasOfOneWidth(t *testing.T) {
	var d Dictionary
	if err := newDictionary("\x00abc", "defg").read(&d); err != nil {
		t.Fatal(err)
	}
	for entry, want := range map[string]bool{"\x00abc": true, "defg": true, "abcd": false, "cdef": false, "zzzz": false} {
		if got := d.has([]byte(entry)); got != want {
			t.Errorf("%q: %t", entry, got)
		}
	}
}
