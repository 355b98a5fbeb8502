package kv

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/dgraph-io/badger/v4"
)

// ErrNotTried says that nothing was synced, because the directory is not there. A sync
// that was tried and failed is worse: the system may have dropped what it could not write.
var ErrNotTried = errors.New("nothing was synced")

// SyncDatabase has all that was committed before on the disk when it returns. No
// commit may come meanwhile. Badger's own Sync leaves out the logs of memtables that
// are full and not in a table yet, and names of new files that its directory has.
func SyncDatabase(db *badger.DB, dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNotTried, err)
	}
	for _, e := range entries {
		if filepath.Ext(e.Name()) != ".mem" {
			continue
		}
		// A log that is gone is a table now, which is synced.
		if err := syncFile(filepath.Join(dir, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return errors.Join(db.Sync(), SyncDir(dir))
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
