package serverlog

import (
	"context"
	"errors"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/record"
)

func numberedRequests(from, to int) (list []record.Request) {
	for n := from; n < to; n++ {
		list = append(list, *numbered(n))
	}
	return list
}

func TestImportIsStoredOnceAndGoesOn(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	named := 0
	o := Options{FlushEvery: quiet, Name: func(*record.Request) { named++ }, Observe: func(*record.Request) { t.Error("an import was observed") }}
	l := openTestServerLog(t, dir, o)
	if m, err := l.Imported(ctx, "a"); err != nil || m != (ImportCheckpoint{}) {
		t.Fatalf("an unknown import: %v, %v", m, err)
	}
	first, second := ImportCheckpoint{Bytes: 100, Sum: [32]byte{1}}, ImportCheckpoint{Bytes: 250, Sum: [32]byte{2}}
	if err := l.Import(ctx, "a", 0, first, numberedRequests(0, 3)); err != nil {
		t.Fatal(err)
	}
	for from, piece := range map[int64]ImportCheckpoint{0: first, 50: second, 200: second} {
		if err := l.Import(ctx, "a", from, piece, numberedRequests(0, 3)); !errors.Is(err, ErrImportGap) {
			t.Errorf("a piece from %d: %v", from, err)
		}
	}
	closeLog(t, l)

	l = openTestServerLog(t, dir, o)
	if m, err := l.Imported(ctx, "a"); err != nil || m != first {
		t.Fatalf("got %v, %v", m, err)
	}
	if err := l.Import(ctx, "a", 100, second, numberedRequests(3, 5)); err != nil {
		t.Fatal(err)
	}
	// A piece may hold nothing that can be read.
	if err := l.Import(ctx, "b", 0, first, nil); err != nil {
		t.Fatal(err)
	}
	if m, err := l.Imported(ctx, "b"); err != nil || m != first {
		t.Errorf("got %v, %v", m, err)
	}
	mustSeal(t, l)
	wantList(t, l, "4", "3", "2", "1", "0")
	if named != 5 {
		t.Errorf("5 requests were named %d times", named)
	}
}

// noisy requests do not compress: a piece of them takes several blocks.
func noisyRequests(n int) []record.Request {
	random := rand.NewChaCha8([32]byte{7})
	list := numberedRequests(0, n)
	for i := range list {
		noise := make([]byte, record.MaxText)
		random.Read(noise)
		list[i].UserAgent = string(noise)
	}
	return list
}

// A piece of several blocks is stored whole or not at all, wherever it fails.
func TestImportOfSeveralBlocksIsOneThing(t *testing.T) {
	ctx, broken := context.Background(), errors.New("broken")
	end := ImportCheckpoint{Bytes: 9}
	const requests = 400
	for _, persisted := range []bool{false, true} {
		for fail := 0; ; fail++ {
			dir := t.TempDir()
			l, err := newServerLog(dir, Options{FlushEvery: quiet}.withDefaults())
			if err != nil {
				t.Fatal(err)
			}
			commits := 0
			l.flusher.commit = func(txn *badger.Txn) error {
				if commits++; commits <= fail {
					return txn.Commit()
				}
				// From here on nothing is written any more, as after a crash.
				if commits == fail+1 && persisted {
					return errors.Join(txn.Commit(), broken)
				}
				return broken
			}
			l.start()
			err = l.Import(ctx, "a", 0, end, noisyRequests(requests))
			closeLog(t, l)
			if err == nil {
				if fail < 4 {
					t.Fatalf("an import of %d commits", fail)
				}
				break
			}
			l = openTestServerLog(t, dir, Options{FlushEvery: quiet})
			mark, markErr := l.Imported(ctx, "a")
			if markErr != nil {
				t.Fatal(markErr)
			}
			if kept := l.Health().Entries; mark == (ImportCheckpoint{}) && kept != 0 || mark == end && kept != requests {
				t.Fatalf("persisted %t, commit %d: mark %v and %d requests", persisted, fail, mark, kept)
			}
			if mark == (ImportCheckpoint{}) {
				if err := l.Import(ctx, "a", 0, end, noisyRequests(requests)); err != nil {
					t.Fatal(err)
				}
			}
			if kept := l.Health().Entries; kept != requests {
				t.Fatalf("%d requests", kept)
			}
			closeLog(t, l)
		}
	}
}

func TestRequestsTravelInFrames(t *testing.T) {
	want := numberedRequests(0, 3)
	want[1] = *sampleRequest()
	for i := range want {
		want[i].Instance = ""
	}
	data := AppendRequests(nil, want...)
	got, err := ReadRequests(string(data))
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("got %+v, %v", got, err)
	}
	for cut := range data {
		if got, err := ReadRequests(string(data[:cut])); err == nil && len(got) > 2 {
			t.Fatalf("%d of %d bytes make %d requests", cut, len(data), len(got))
		}
	}
}
