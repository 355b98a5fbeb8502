package store

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dgraph-io/badger/v4"
)

// Both option sets must be coherent: Badger panics or refuses when they are
// not, and values have to stay in the LSM tree.
func TestOptionSets(t *testing.T) {
	for name, opts := range map[string]func(string) badger.Options{"server": serverOptions, "app": appOptions} {
		t.Run(name, func(t *testing.T) {
			log := &strings.Builder{}
			dir := t.TempDir()
			db, err := openBadger(opts(dir), textLog(log))
			if err != nil {
				t.Fatal(err)
			}
			largest := bytes.Repeat([]byte("x"), maxValue-1)
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
	odd := serverOptions(dir)
	odd.Compression = 2 // zstd without a block cache
	_, err := openBadger(odd, textLog(&strings.Builder{}))
	if err == nil || !strings.Contains(err.Error(), dir) {
		t.Fatalf("got %v", err)
	}
	db, err := openBadger(serverOptions(dir), textLog(&strings.Builder{}))
	if err != nil {
		t.Fatalf("the failed open left something behind: %v", err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}
