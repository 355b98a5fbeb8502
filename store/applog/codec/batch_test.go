package codec

import (
	"bytes"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"github.com/gatebook/gatebook/store/kv"
	"github.com/gatebook/gatebook/store/storetest"
)

func readBatch(batch []byte) (list []BatchEvent, err error) {
	err = EachOfBatch(batch, func(e BatchEvent) error {
		list = append(list, e)
		return nil
	})
	return list, err
}

func sameParts(a, b BatchEvent) bool {
	return a.Hash == b.Hash && bytes.Equal(a.Impersonal, b.Impersonal) && bytes.Equal(a.Personal, b.Personal)
}

// The format is a document, docs/format.md.
func TestBatchFormat(t *testing.T) {
	var hash ContentHash
	copy(hash[:], "0123456789abcdef")
	batch := BatchEvent{hash, []byte("abc"), nil}.Append([]byte{BatchEvents})
	batch = BatchEvent{hash, []byte("d"), bytes.Repeat([]byte("e"), 200)}.Append(batch)
	want := "\x01" + "0123456789abcdef\x03abc\x00" + "0123456789abcdef\x01d\xc8\x01" + string(bytes.Repeat([]byte("e"), 200))
	if string(batch) != want {
		t.Errorf("%q, want %q", batch, want)
	}
}

func TestBatchRefuses(t *testing.T) {
	whole := BatchEvent{Impersonal: []byte("abc"), Personal: []byte("de")}.Append([]byte{BatchEvents})
	for end := range whole {
		if _, err := readBatch(whole[:end]); end != 1 && !errors.Is(err, ErrTruncated) {
			t.Errorf("cut at %d: %v", end, err)
		}
	}
	if _, err := readBatch([]byte{2}); !errors.Is(err, kv.ErrNewer) {
		t.Errorf("another kind: %v", err)
	}
	calls := 0
	stop := errors.New("stop")
	if err := EachOfBatch(append(whole, whole[1:]...), func(BatchEvent) error { calls++; return stop }); !errors.Is(err, stop) || calls != 1 {
		t.Errorf("%d calls, %v", calls, err)
	}
}

// What is written is read, whatever it is.
func TestBatchRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOf(rapid.Custom(func(t *rapid.T) BatchEvent {
			e := BatchEvent{Impersonal: rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "impersonal"), Personal: rapid.SliceOf(rapid.Byte()).Draw(t, "personal")}
			copy(e.Hash[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "hash"))
			return e
		})).Draw(t, "events")
		batch := []byte{BatchEvents}
		for _, e := range list {
			batch = e.Append(batch)
		}
		got, err := readBatch(batch)
		if err != nil || len(got) != len(list) {
			t.Fatalf("%d events, %v, want %d", len(got), err, len(list))
		}
		for i := range got {
			if !sameParts(got[i], list[i]) {
				t.Fatalf("event %d is %+v, want %+v", i, got[i], list[i])
			}
		}
	})
}

func TestDecodeID(t *testing.T) {
	full := storetest.FullEvent()
	impersonal, _, _ := Encode(&full)
	if id, err := DecodeID(impersonal); err != nil || id != full.ID {
		t.Errorf("%q, %v", id, err)
	}
	for name, value := range map[string]string{"empty": "", "newer": "\x02\x01\x01a", "short": "\x01\x01\x05a", "lost": "\x00"} {
		if id, err := DecodeID([]byte(value)); err == nil {
			t.Errorf("%s: id %q", name, id)
		}
	}
	if id, err := DecodeID([]byte("\x01\x04\x01c")); err != nil || id != "" {
		t.Errorf("without an id: %q, %v", id, err)
	}
}

// Whatever is in a batch, it is read without a panic, and what was read is written as
// it was, as far as lengths have one form.
func FuzzBatch(f *testing.F) {
	e := storetest.FullEvent()
	impersonal, personal, hash := Encode(&e)
	one := BatchEvent{hash, impersonal, personal}.Append([]byte{BatchEvents})
	f.Add(one)
	f.Add(append(one, one[1:]...))
	f.Add([]byte{})
	f.Add([]byte("\x01\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"))
	f.Fuzz(func(t *testing.T, batch []byte) {
		list, err := readBatch(batch)
		if err != nil {
			return
		}
		again := []byte{BatchEvents}
		for _, e := range list {
			again = e.Append(again)
		}
		if len(again) > len(batch) {
			t.Errorf("%d bytes, written as %d", len(batch), len(again))
		}
		second, err := readBatch(again)
		if err != nil || len(second) != len(list) {
			t.Fatalf("%d events, %v, want %d", len(second), err, len(list))
		}
		for i := range list {
			if !sameParts(list[i], second[i]) {
				t.Errorf("event %d is %+v, want %+v", i, second[i], list[i])
			}
			_, _ = DecodeID(list[i].Impersonal)
		}
	})
}
