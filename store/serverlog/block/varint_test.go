package block

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// drawNumber draws numbers of all lengths.
func drawNumber(t *rapid.T) uint64 {
	return rapid.Uint64().Draw(t, "number") >> rapid.IntRange(0, 63).Draw(t, "shift")
}

func TestUvarintAgreesWithEncodingBinary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := drawNumber(t)
		rest := rapid.SliceOfN(rapid.Byte(), 0, 3).Draw(t, "rest")
		b := append(binary.AppendUvarint(nil, want), rest...)
		got, after, ok := uvarint(b)
		if !ok || got != want || !bytes.Equal(after, rest) {
			t.Fatalf("%x: %d, %x, %t; want %d", b, got, after, ok, want)
		}
		for n := range len(b) - len(rest) {
			if _, _, ok := uvarint(b[:n]); ok {
				t.Fatalf("%x is read as a number", b[:n])
			}
		}
	})
}

func TestUvarintRefuses(t *testing.T) {
	for name, b := range map[string][]byte{
		"nothing":         nil,
		"no end":          bytes.Repeat([]byte{0x80}, 3),
		"65 bits":         append(bytes.Repeat([]byte{0xff}, 9), 2),
		"eleven bytes":    append(bytes.Repeat([]byte{0x80}, 10), 1),
		"ten, not ending": bytes.Repeat([]byte{0x81}, 10),
	} {
		if v, _, ok := uvarint(b); ok {
			t.Errorf("%s: read as %d", name, v)
		}
	}
}

func TestZigzag(t *testing.T) {
	for v, want := range map[int64]uint64{0: 0, -1: 1, 1: 2, -2: 3, math.MaxInt64: math.MaxUint64 - 1, math.MinInt64: math.MaxUint64} {
		if got := zigzag(v); got != want {
			t.Errorf("zigzag(%d) is %d, want %d", v, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Int64().Draw(t, "v")
		if got := unzigzag(zigzag(v)); got != v {
			t.Fatalf("%d comes back as %d", v, got)
		}
	})
}

func TestPlanesRoundTrip(t *testing.T) {
	for want, v := range map[int]uint64{1: 255, 2: 256, 3: 1 << 16, 8: math.MaxUint64} {
		if got := planes([]uint64{0, v, 1}); got != want {
			t.Errorf("%d needs %d planes, want %d", v, got, want)
		}
	}
	if got := planes(nil); got != 1 {
		t.Errorf("no numbers have %d planes", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOf(rapid.Custom(drawNumber)).Draw(t, "list")
		got := make([]uint64, len(list))
		for plane := range planes(list) {
			if err := addPlane(got, appendPlane(nil, list, plane), plane); err != nil {
				t.Fatal(err)
			}
		}
		if !slices.Equal(got, list) {
			t.Fatalf("got %v, want %v", got, list)
		}
		if err := addPlane(got, make([]byte, len(list)+1), 0); err == nil {
			t.Fatal("a plane of another length is taken")
		}
	})
}

func TestVarintsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOf(rapid.Custom(drawNumber)).Draw(t, "list")
		content := appendVarints(nil, list)
		got := make([]uint64, len(list))
		if err := readVarints(got, content); err != nil || !slices.Equal(got, list) {
			t.Fatalf("got %v, %v; want %v", got, err, list)
		}
		if readVarints(got, append(content, 0)) == nil {
			t.Fatal("a number too many is taken")
		}
		if len(list) > 0 && readVarints(got, content[:len(content)-1]) == nil {
			t.Fatal("a number too few is taken")
		}
	})
}

func TestGrownReusesMemory(t *testing.T) {
	s := grown([]int(nil), 10)
	if len(s) != 10 {
		t.Fatalf("%d elements", len(s))
	}
	s[3] = 7
	if again := grown(s, 4); &again[0] != &s[0] || len(again) != 4 || again[3] != 7 {
		t.Error("a slice that is large enough is not reused")
	}
	if z := zeroed(s, 5); &z[0] != &s[0] || !slices.Equal(z, make([]int, 5)) {
		t.Errorf("zeroed is %v", z)
	}
}

// zerosOf clears only what may not be zero.
func TestZerosOf(t *testing.T) {
	s, known := zerosOf([]int64(nil), 4, 0)
	if len(s) != 4 || known != 4 {
		t.Fatalf("%v, %d", s, known)
	}
	s = s[:cap(s)]
	s[len(s)-1] = 9
	s, known = zerosOf(s[:2], len(s), 4)
	if known != len(s) || !slices.Equal(s, make([]int64, len(s))) {
		t.Errorf("grown to %v, %d are known", s, known)
	}
	if s, known = zerosOf(s, 1, known); len(s) != 1 || known <= 1 {
		t.Errorf("shrunk to %v, %d are known", s, known)
	}
}
