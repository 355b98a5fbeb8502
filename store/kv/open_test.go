package kv

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dgraph-io/badger/v4"
)

// Both option sets must be coherent: Badger panics or refuses when they are
// not, and values have to stay in the LSM tree.
func TestOptionSets(t *testing.T) {
	for name, opts := range map[string]func(string) badger.Options{"server": TimedSync, "app": Derived} {
		t.Run(name, func(t *testing.T) {
			log := &strings.Builder{}
			dir := t.TempDir()
			db, err := Open(opts(dir), textLog(log))
			if err != nil {
				t.Fatal(err)
			}
			largest := bytes.Repeat([]byte("x"), MaxValue-1)
			for i := range 20 {
				if err := db.Update(func(txn *badger.Txn) error { return txn.Set([]byte{byte(i)}, largest) }); err != nil {
					t.Fatal(err)
				}
			}
			values, err := os.Stat(filepath.Join(dir, "000001.vlog"))
			if err != nil || allocated(values) > 64<<10 {
				t.Errorf("the value log takes %d bytes, %v", allocated(values), err)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			if log.Len() > 0 {
				t.Errorf("a healthy database logs: %s", log)
			}
		})
	}
}

func TestOpenBadgerTurnsPanicIntoError(t *testing.T) {
	dir := t.TempDir()
	odd := TimedSync(dir)
	odd.Compression = 2 // zstd without a block cache
	_, err := Open(odd, textLog(&strings.Builder{}))
	if err == nil || !strings.Contains(err.Error(), dir) {
		t.Fatalf("got %v", err)
	}
	db, err := Open(TimedSync(dir), textLog(&strings.Builder{}))
	if err != nil {
		t.Fatalf("the failed open left something behind: %v", err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// Badger would end the process over some damaged tables, and delete tables that
// its MANIFEST does not list.
func TestOpenBadgerRefusesDamagedFiles(t *testing.T) {
	for name, damage := range map[string]func(dir, table string) error{
		"truncated table": func(_, table string) error { return os.Truncate(table, 1000) },
		"empty table":     func(_, table string) error { return os.Truncate(table, 0) },
		"missing table":   func(_, table string) error { return os.Remove(table) },
		"no MANIFEST":     func(dir, _ string) error { return os.Remove(filepath.Join(dir, "MANIFEST")) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			log := textLog(&strings.Builder{})
			db, err := Open(TimedSync(dir), log)
			if err != nil {
				t.Fatal(err)
			}
			err = db.Update(func(txn *badger.Txn) error { return txn.Set([]byte("k"), bytes.Repeat([]byte("v"), 5000)) })
			if err := errors.Join(err, db.Close()); err != nil {
				t.Fatal(err)
			}
			tables, err := filepath.Glob(filepath.Join(dir, "*.sst"))
			if err != nil || len(tables) == 0 {
				t.Fatalf("tables %v, %v", tables, err)
			}
			if err := damage(dir, tables[0]); err != nil {
				t.Fatal(err)
			}
			db, err = Open(TimedSync(dir), log)
			if err == nil {
				t.Fatal("opened", db.Close())
			}
			if !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "restore it from a backup") || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %q", err)
			}
			if left, err := filepath.Glob(filepath.Join(dir, "*.sst")); err != nil || len(left) != len(tables) && name != "missing table" {
				t.Errorf("of %v %v are left", tables, left)
			}
		})
	}
}

// What a crash can leave behind is no damage.
func TestOpenBadgerAfterACrash(t *testing.T) {
	dir := t.TempDir()
	log := textLog(&strings.Builder{})
	for range 2 {
		db, err := Open(TimedSync(dir), log)
		if err != nil {
			t.Fatal(err)
		}
		err = db.Update(func(txn *badger.Txn) error { return txn.Set([]byte("k"), []byte("v")) })
		if err := errors.Join(err, db.Close()); err != nil {
			t.Fatal(err)
		}
		mustWrite(t, filepath.Join(dir, "000123.sst"), "half a table that no MANIFEST lists yet")
		mustWrite(t, filepath.Join(dir, "00123.mem"), "")
		mustWrite(t, filepath.Join(dir, "000123.vlog"), "")
	}
}
