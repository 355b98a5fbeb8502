package journal_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gatebook/gatebook/store/journal"
	"github.com/gatebook/gatebook/store/storetest"
)

func undisturbed(commit func() error) error { return commit() }

func TestLocalPromises(t *testing.T) {
	for _, size := range []int64{64, journal.DefaultSegmentSize} {
		for _, part := range []string{"write", "sync"} {
			t.Run(fmt.Sprintf("%d bytes, faults of %s", size, part), func(t *testing.T) {
				storetest.RunJournal(t, func(dir string, faults *storetest.Faults) (storetest.ClosableJournal, error) {
					j, err := journal.Open(dir, slog.New(slog.DiscardHandler))
					if err != nil {
						return nil, err
					}
					j.SetSegmentSize(size)
					if part == "write" {
						j.Inject(faults.Commit, undisturbed)
					} else {
						j.Inject(undisturbed, faults.Commit)
					}
					return j, nil
				})
			})
		}
	}
}

// openJournal opens the journal in dir until the test ends.
func openJournal(t testing.TB, dir string, log io.Writer) *journal.Local {
	t.Helper()
	j, err := journal.Open(dir, storetest.TextLog(log))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	})
	return j
}

func add(t testing.TB, j *journal.Local, first uint64, count uint32) {
	t.Helper()
	err := j.Append(context.Background(), journal.Batch{First: first, Count: count, Payload: fmt.Appendf(nil, "batch %d", first)})
	if err != nil {
		t.Fatal(err)
	}
}

// numbers are the first numbers of the batches.
func numbers(t testing.TB, j *journal.Local) (list []uint64) {
	t.Helper()
	err := j.Follow(context.Background(), 0, func(b journal.Batch) error {
		if want := fmt.Sprintf("batch %d", b.First); string(b.Payload) != want {
			t.Errorf("payload %q, want %q", b.Payload, want)
		}
		list = append(list, b.First)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func segments(t testing.TB, dir string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.journal"))
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

// fourBatches is the content of a segment of four batches of two events.
func fourBatches(t testing.TB) (name string, content []byte) {
	dir := t.TempDir()
	j := openJournal(t, dir, io.Discard)
	for n := range uint64(4) {
		add(t, j, 1+2*n, 2)
	}
	paths := segments(t, dir)
	content, err := os.ReadFile(paths[0])
	if err != nil || len(paths) != 1 {
		t.Fatal(paths, err)
	}
	return filepath.Base(paths[0]), content
}

func mustWrite(t testing.TB, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// A crash may leave any part of the last append, with zeros behind it: what was
// acknowledged before is there, the part is gone, and nobody is alarmed.
func TestUnfinishedAppendIsCutOff(t *testing.T) {
	name, content := fourBatches(t)
	size := len(content) / 4
	for end := range len(content) {
		for _, zeros := range []int{0, 100} {
			dir, log := t.TempDir(), &storetest.LogBuffer{}
			path := filepath.Join(dir, name)
			mustWrite(t, path, append(slices.Clone(content[:end]), make([]byte, zeros)...))
			j := openJournal(t, dir, log)
			if got := numbers(t, j); len(got) != end/size || j.Next() != uint64(1+2*(end/size)) {
				t.Fatalf("cut at %d: batches %v, next %d", end, got, j.Next())
			}
			if info, err := os.Stat(path); err != nil || info.Size() != int64(end/size*size) {
				t.Fatalf("cut at %d: %+v, %v", end, info, err)
			}
			add(t, j, j.Next(), 1)
			if got := numbers(t, j); len(got) != end/size+1 {
				t.Fatalf("cut at %d and one more: %v", end, got)
			}
			if log.String() != "" {
				t.Fatalf("cut at %d: it says %s", end, log)
			}
		}
	}
}

// Damage before whole batches is reported and takes one batch.
func TestDamageInTheMiddleIsReported(t *testing.T) {
	name, content := fourBatches(t)
	size := len(content) / 4
	for at := range 3 * size {
		dir, log := t.TempDir(), &storetest.LogBuffer{}
		damaged := slices.Clone(content)
		damaged[at] ^= 0xff
		mustWrite(t, filepath.Join(dir, name), damaged)
		j := openJournal(t, dir, log)
		want := []uint64{1, 3, 5, 7}
		want = slices.Delete(want, at/size, at/size+1)
		if got := numbers(t, j); !slices.Equal(got, want) {
			t.Fatalf("byte %d: %v, want %v", at, got, want)
		}
		first := uint64(1 + 2*(at/size))
		if gaps := missing(t, j, 0); !slices.Equal(gaps, []uint64{first, first + 1}) {
			t.Errorf("byte %d: missing %v", at, gaps)
		}
		if gaps := missing(t, j, first+1); len(gaps) != 0 {
			t.Errorf("byte %d: what was applied is missing: %v", at, gaps)
		}
		if !strings.Contains(log.String(), "damaged") {
			t.Errorf("byte %d: nothing is reported", at)
		}
	}
}

// The end of a segment that is not the last one is damage, too.
func TestDamageAtTheEndOfAnOlderSegment(t *testing.T) {
	name, content := fourBatches(t)
	dir, log := t.TempDir(), &storetest.LogBuffer{}
	mustWrite(t, filepath.Join(dir, name), content[:len(content)-3])
	mustWrite(t, filepath.Join(dir, fmt.Sprintf("%020d.journal", 9)), nil)
	j := openJournal(t, dir, log)
	if got := numbers(t, j); !slices.Equal(got, []uint64{1, 3, 5}) || !strings.Contains(log.String(), "damaged") {
		t.Errorf("batches %v; it says %s", got, log)
	}
}

// missing are the first and last numbers of what cannot be read.
func missing(t testing.TB, j *journal.Local, after uint64) (list []uint64) {
	t.Helper()
	err := j.Missing(context.Background(), after, func(first, last uint64) { list = append(list, first, last) })
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// What is damaged while the journal is open is found, unless it is not needed any more.
func TestMissingFindsDamage(t *testing.T) {
	dir := t.TempDir()
	j := openJournal(t, dir, io.Discard)
	for n := range uint64(3) {
		add(t, j, 2*n+1, 2)
	}
	path := segments(t, dir)[0]
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	size := len(content) / 3
	for at := range content {
		mustFlip(t, path, at)
		first := uint64(1 + 2*(at/size))
		if gaps := missing(t, j, 0); !slices.Equal(gaps, []uint64{first, first + 1}) {
			t.Errorf("byte %d: missing %v", at, gaps)
		}
		if gaps := missing(t, j, first+1); len(gaps) > 0 {
			t.Errorf("byte %d: what was applied is missing: %v", at, gaps)
		}
		mustFlip(t, path, at)
	}
	if gaps := missing(t, j, 0); len(gaps) > 0 {
		t.Errorf("of a whole journal is missing %v", gaps)
	}
}

// mustFlip changes a byte of a file, and changes it back.
func mustFlip(t testing.TB, path string, at int) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	content[at] ^= 0xff
	mustWrite(t, path, content)
}

func TestRotateAndTrim(t *testing.T) {
	dir := t.TempDir()
	j := openJournal(t, dir, io.Discard)
	j.SetSegmentSize(200)
	for n := range uint64(40) {
		add(t, j, n+1, 1)
	}
	many := len(segments(t, dir))
	if many < 5 {
		t.Fatalf("%d segments", many)
	}
	if err := j.Trim(20); err != nil {
		t.Fatal(err)
	}
	got := numbers(t, j)
	if got[0] > 21 || got[0] < 10 || got[len(got)-1] != 40 || j.First() != got[0] || len(segments(t, dir)) >= many {
		t.Errorf("after trimming to 20: %v, first %d", got, j.First())
	}
	if err := j.Trim(1 << 40); err != nil {
		t.Fatal(err)
	}
	if left := segments(t, dir); len(left) != 1 {
		t.Errorf("the active segment is trimmed: %v", left)
	}
	last, err := j.Rotate()
	if err == nil {
		err = j.Trim(last)
	}
	if left := segments(t, dir); err != nil || last != 40 || len(left) != 0 || j.First() != 41 || j.Next() != 41 {
		t.Errorf("after trimming all: %v, %v, first %d", left, err, j.First())
	}
	add(t, j, 41, 1)
	if got := numbers(t, j); !slices.Equal(got, []uint64{41}) {
		t.Errorf("%v", got)
	}
}

// What a failed append left in the file must not come back once the numbers are given
// to others. If it cannot be cut off, the journal stays down.
func TestFailedAppendIsCutOff(t *testing.T) {
	dir := t.TempDir()
	j := openJournal(t, dir, io.Discard)
	add(t, j, 1, 1)
	faults := &storetest.Faults{}
	j.Inject(undisturbed, faults.Commit)
	faults.Fail(storetest.NotPersisted, 1, 3)
	failed := journal.Batch{First: 2, Count: 1, Payload: []byte("a longer batch that failed")}
	for range 3 { // the append, and twice its repair
		if err := j.Append(context.Background(), failed); !errors.Is(err, storetest.ErrInjected) {
			t.Fatal(err)
		}
	}
	add(t, j, 2, 1)
	content, err := os.ReadFile(segments(t, dir)[0])
	if err != nil || strings.Contains(string(content), "failed") {
		t.Errorf("%q, %v", content, err)
	}
	if got := numbers(t, j); !slices.Equal(got, []uint64{1, 2}) {
		t.Errorf("%v", got)
	}
}

// The format is a document, docs/format.md.
func TestSegmentFormatIsPinned(t *testing.T) {
	dir := t.TempDir()
	j := openJournal(t, dir, io.Discard)
	if err := j.Append(context.Background(), journal.Batch{First: 258, Count: 3, Payload: []byte("hi")}); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(dir, "00000000000000000258.journal"))
	want := "\x01" + "\x00\x00\x00\x02" + "\x00\x00\x00\x00\x00\x00\x01\x02" + "\x00\x00\x00\x03" + "hi" + "\xb4]\x93l"
	if err != nil || string(content) != want {
		t.Errorf("%q, %v, want %q", content, err, want)
	}
}

// Whatever is in a segment, it is read without a panic, its batches are in order, and
// reading it again gives the same.
func FuzzSegment(f *testing.F) {
	name, content := fourBatches(f)
	f.Add(content)
	f.Add(content[:len(content)-5])
	f.Add(append([]byte("\x01\xff\xff"), content...))
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		mustWrite(t, filepath.Join(dir, name), data)
		var first []uint64
		for life := range 2 {
			j, err := journal.Open(dir, slog.New(slog.DiscardHandler))
			if err != nil {
				return
			}
			var got []uint64
			last := uint64(0)
			err = j.Follow(context.Background(), 0, func(b journal.Batch) error {
				if b.First <= last {
					t.Errorf("%d comes after %d", b.First, last)
				}
				last = b.Last()
				got = append(got, b.First)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if life > 0 && !slices.Equal(got, first) {
				t.Errorf("read again: %v, before %v", got, first)
			}
			first = got
			if err := j.Close(); err != nil {
				t.Fatal(err)
			}
		}
	})
}
