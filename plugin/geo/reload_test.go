package geo

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/maxmind/mmdbwriter/mmdbtype"
)

func mustReload(t *testing.T, db *DB, want bool) {
	t.Helper()
	changed, err := db.Reload()
	if err != nil || changed != want {
		t.Fatalf("Reload = %v, %v, want %v", changed, err, want)
	}
}

func TestReload(t *testing.T) {
	for name, change := range map[string]func(testing.TB, string, []byte){"rename": replace, "overwrite": overwrite} {
		t.Run(name, func(t *testing.T) {
			path := temp(t, "x.mmdb", everywhere(t, germany()))
			db := mustOpen(t, path)
			mustReload(t, db, false)
			change(t, path, everywhere(t, france()))
			if got := lookup(db, somewhere); got != inGermany {
				t.Errorf("before Reload, Lookup = %+v", got)
			}
			mustReload(t, db, true)
			if got := lookup(db, somewhere); got != inFrance {
				t.Errorf("after Reload, Lookup = %+v", got)
			}
			mustReload(t, db, false)
		})
	}
}

// Each way of seeing a change must do alone.
func TestReloadSees(t *testing.T) {
	german := everywhere(t, germany())
	small := everywhere(t, fields{"country": france()["country"]})
	if len(german) == len(small) {
		t.Fatal("the files should differ in size")
	}
	for name, change := range map[string]func(path string, was os.FileInfo){
		"another size": func(path string, was os.FileInfo) {
			put(t, path, small)
			setTime(t, path, was.ModTime())
		},
		"another time": func(path string, was os.FileInfo) {
			put(t, path, german)
			setTime(t, path, was.ModTime().Add(time.Second))
		},
		"another inode": func(path string, was os.FileInfo) {
			setTime(t, put(t, path+".new", german), was.ModTime())
			if err := os.Rename(path+".new", path); err != nil {
				t.Fatal(err)
			}
		},
	} {
		path := temp(t, "x.mmdb", german)
		setTime(t, path, time.Unix(1_700_000_000, 0))
		db := mustOpen(t, path)
		was, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		change(path, was)
		if changed, err := db.Reload(); !changed || err != nil {
			t.Errorf("%s: Reload = %v, %v", name, changed, err)
		}
	}
}

func setTime(t *testing.T, path string, to time.Time) {
	t.Helper()
	if err := os.Chtimes(path, to, to); err != nil {
		t.Fatal(err)
	}
}

func TestBrokenFileKeepsTheOldOne(t *testing.T) {
	good := everywhere(t, france())
	for name, breakIt := range map[string]func(path string){
		"garbage":   func(path string) { replace(t, path, []byte("garbage")) },
		"cut short": func(path string) { overwrite(t, path, good[:len(good)/2]) },
		"empty":     func(path string) { overwrite(t, path, nil) },
		"gone": func(path string) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := temp(t, "x.mmdb", everywhere(t, germany()))
			other := temp(t, "other.mmdb", everywhere(t, germany()))
			db := mustOpen(t, path, other)
			breakIt(path)
			replace(t, other, everywhere(t, france()))
			for i := range 3 {
				changed, err := db.Reload()
				if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "stays in use") {
					t.Fatalf("Reload %d: error %v, want one that names the file", i, err)
				}
				if changed != (i == 0) {
					t.Errorf("Reload %d: changed = %v; the other file changed before the first", i, changed)
				}
				if got := lookup(db, somewhere); got != inGermany {
					t.Errorf("Lookup = %+v", got)
				}
			}
			replace(t, path, good)
			mustReload(t, db, true)
			if got := lookup(db, somewhere); got != inFrance {
				t.Errorf("after repair, Lookup = %+v", got)
			}
		})
	}
}

func TestWriterIsNoticed(t *testing.T) {
	path := temp(t, "x.mmdb", everywhere(t, germany()))
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	before, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	data := make([]byte, before.Size())
	if err := fill(data, f, before); err != nil {
		t.Fatalf("fill of a file at rest: %v", err)
	}
	overwrite(t, path, data)
	if _, err := f.Seek(0, 0); err != nil {
		t.Fatal(err)
	}
	if err := fill(data, f, before); !errors.Is(err, errWriting) {
		t.Errorf("fill of a file that changed: %v", err)
	}
	if err := fill(data, f, before); !errors.Is(err, errWriting) {
		t.Errorf("fill at the end of a file: %v", err)
	}
}

// Lookups run while the file changes under them in every way, and must see one
// file or the other, whole. Mapped, the process would die here.
func TestLookupsRaceWithReloads(t *testing.T) {
	for name, file := range makers {
		t.Run(name, func(t *testing.T) { raceLookups(t, file(t, germany()), file(t, france())) })
	}
}

func raceLookups(t *testing.T, german, french []byte) {
	t.Helper()
	path := temp(t, "x.mmdb", german)
	db := mustOpen(t, path)
	stop := make(chan struct{})
	var lookups sync.WaitGroup
	for range 2 {
		lookups.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if got := lookup(db, somewhere); got != inGermany && got != inFrance {
					t.Errorf("Lookup = %+v", got)
					return
				}
			}
		})
	}
	for i := range 30 {
		change, data := replace, german
		if i%2 == 0 {
			data = french
		}
		switch i % 5 {
		case 0:
			change = overwrite
		case 1:
			overwrite(t, path, nil)
			if _, err := db.Reload(); err == nil {
				t.Error("an empty file was taken")
			}
		}
		change(t, path, data)
		mustReload(t, db, true)
		runtime.GC() // frees what was replaced
	}
	close(stop)
	lookups.Wait()
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}

func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !condition() {
		select {
		case <-deadline:
			t.Fatalf("waited in vain: %s", what)
		case <-tick.C:
		}
	}
}

func TestWatch(t *testing.T) {
	broken := temp(t, "broken.mmdb", everywhere(t, fields{"asn": mmdbtype.String("AS1")}))
	path := temp(t, "x.mmdb", everywhere(t, germany()))
	db := mustOpen(t, path, broken)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	reports := make(chan error, 100)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		db.Watch(ctx, time.Millisecond, func(err error) { reports <- err })
	}()
	for range 2 {
		replace(t, broken, []byte("garbage"))
		if err := <-reports; !strings.Contains(err.Error(), broken) {
			t.Errorf("reported %v", err)
		}
		// Each change that is seen was a round in which the error was seen too.
		replace(t, path, everywhere(t, france()))
		eventually(t, "new data in use", func() bool { return lookup(db, somewhere) == inFrance })
		replace(t, path, everywhere(t, germany()))
		eventually(t, "newer data in use", func() bool { return lookup(db, somewhere) == inGermany })
		if n := len(reports); n != 0 {
			t.Errorf("%d reports of an error that had been reported", n)
		}
		// Repaired, it may be reported when it breaks again.
		replace(t, broken, everywhere(t, fields{"asn": mmdbtype.String("AS2")}))
		eventually(t, "the broken file is repaired", func() bool {
			db.mu.Lock()
			defer db.mu.Unlock()
			return db.sources[1].err == nil
		})
		replace(t, path, everywhere(t, france()))
		eventually(t, "a round without an error", func() bool { return lookup(db, somewhere) == inFrance })
		replace(t, path, everywhere(t, germany()))
		eventually(t, "another such round", func() bool { return lookup(db, somewhere) == inGermany })
	}
	cancel()
	<-ended
}

func TestWatchEndsWhenClosed(t *testing.T) {
	db := mustOpen(t, temp(t, "x.mmdb", everywhere(t, germany())))
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db.Watch(t.Context(), time.Millisecond, func(err error) { t.Errorf("reported %v", err) })
}

func TestMissingFileIsErrNotExist(t *testing.T) {
	if _, err := Open([]string{"/no/such.mmdb"}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}
