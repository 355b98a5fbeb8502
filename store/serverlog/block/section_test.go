package block

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/klauspost/compress/zstd"
	"pgregory.net/rapid"
)

func noise(n int) []byte {
	b := make([]byte, n)
	rand.NewChaCha8([32]byte{1}).Read(b)
	return b
}

func TestSectionsRoundTrip(t *testing.T) {
	enc, dec := codecs(t, zstd.SpeedFastest)
	rapid.Check(t, func(t *rapid.T) {
		want := map[byte][]byte{}
		var value []byte
		for _, number := range rapid.SliceOfNDistinct(rapid.Map(rapid.IntRange(0, headSections-1), func(n int) byte { return byte(n) }), 0, 8, rapid.ID).Draw(t, "numbers") {
			content := rapid.OneOf(
				rapid.SliceOfN(rapid.Byte(), 0, 40),
				rapid.Map(rapid.IntRange(0, 2000), func(n int) []byte { return bytes.Repeat([]byte("ab"), n) }),
				rapid.Map(rapid.IntRange(0, 2000), noise),
			).Draw(t, "content")
			want[number] = content
			value = appendSection(value, number, content, enc)
		}
		var list [headSections]section
		list[3].there = true // of the block before
		if err := sections(value, list[:]); err != nil {
			t.Fatal(err)
		}
		var buf []byte
		for number := range list {
			content, there := want[byte(number)]
			if list[number].there != there {
				t.Fatalf("section %d: there %t, want %t", number, list[number].there, there)
			}
			got, err := list[number].read(&buf, dec)
			if err != nil || !bytes.Equal(got, content) {
				t.Fatalf("section %d: %d bytes, %v; want %d", number, len(got), err, len(content))
			}
		}
	})
}

// A section is compressed where that makes it shorter, and then only.
func TestSectionForm(t *testing.T) {
	enc, _ := codecs(t, zstd.SpeedFastest)
	for name, c := range map[string]struct {
		content []byte
		form    byte
	}{
		"nothing": {nil, formRaw},
		"short":   {bytes.Repeat([]byte("a"), worthTrying-1), formRaw},
		"uniform": {bytes.Repeat([]byte("a"), 500), formZstd},
		"noise":   {noise(500), formRaw},
	} {
		before := []byte("before")
		value := appendSection(bytes.Clone(before), 7, c.content, enc)
		if !bytes.HasPrefix(value, before) || value[len(before)] != 7 || value[len(before)+1] != c.form {
			t.Errorf("%s: %x", name, value[:len(before)+2])
		}
		if len(value) > len(before)+2+binary.MaxVarintLen32+len(c.content) {
			t.Errorf("%s: %d bytes take %d", name, len(c.content), len(value))
		}
	}
}

func TestSectionsRefuse(t *testing.T) {
	for name, value := range map[string][]byte{
		"a number without a form":        {1},
		"an unknown number":              {9, formRaw, 0},
		"an unknown form":                {1, 2, 0, 0},
		"a number twice":                 {1, formRaw, 0, 1, formRaw, 0},
		"no length":                      {1, formRaw},
		"a length without an end":        {1, formRaw, 0x80},
		"more than there is":             {1, formRaw, 2, 'a'},
		"more compressed than there is":  {1, formZstd, 2, 2, 'a'},
		"more than a reader will unpack": append(binary.AppendUvarint([]byte{1, formZstd}, maxText+1), 0),
	} {
		if err := sections(value, make([]section, 9)); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

func TestSectionReadRefuses(t *testing.T) {
	enc, dec := codecs(t, zstd.SpeedFastest)
	packed := enc.EncodeAll(bytes.Repeat([]byte("a"), 100), nil)
	for name, s := range map[string]section{
		"no zstd frame":  {form: formZstd, length: 3, content: []byte("abc")},
		"a short length": {form: formZstd, length: 99, content: packed},
		"a long length":  {form: formZstd, length: 101, content: packed},
		"a cut frame":    {form: formZstd, length: 100, content: packed[:len(packed)-2]},
	} {
		var buf []byte
		if got, err := s.read(&buf, dec); err == nil {
			t.Errorf("%s: %q", name, got)
		}
	}
}
