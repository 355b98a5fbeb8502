package kv

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/table"
	"github.com/dgraph-io/ristretto/v2/z"
)

// Open opens or creates a database. Badger's own warnings and errors go
// to log. Where Badger panics, on odd options or damaged files, and where it
// would delete what it cannot place, this returns an error.
func Open(opts badger.Options, log *slog.Logger) (db *badger.DB, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
		if err != nil {
			db, err = nil, openError{opts.Dir, err}
		}
	}()
	if err := checkFiles(opts.Dir); err != nil {
		return nil, err
	}
	return badger.Open(opts.WithLogger(badgerLog{log.With("database", opts.Dir)}))
}

// checkFiles looks at the files before Badger does. Badger deletes tables that
// its MANIFEST does not list, which after a crash is right and without a
// MANIFEST is not, opens the others in goroutines of its own, where a panic
// over a damaged one ends the process, and stumbles over logs that are empty
// because a crash came between making them and giving them a size.
func checkFiles(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	tables := false
	for _, e := range entries {
		if err := checkAccess(filepath.Join(dir, e.Name())); err != nil {
			return err
		}
		switch filepath.Ext(e.Name()) {
		case ".sst":
			tables = true
		case ".mem", ".vlog":
			if err := removeEmpty(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	if !tables {
		return nil
	}
	ids, err := tablesOf(dir)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := checkTable(table.NewFilename(id, dir)); err != nil {
			return err
		}
	}
	return nil
}

// tablesOf lists the tables that count, oldest first.
func tablesOf(dir string) ([]uint64, error) {
	f, err := os.Open(filepath.Join(dir, badger.ManifestFilename))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	manifest, _, err := badger.ReplayManifestFile(f, 0, badger.Options{})
	if err != nil {
		return nil, err
	}
	return slices.Sorted(maps.Keys(manifest.Tables)), nil
}

// checkAccess tells a file of another user, which a command run as root leaves
// behind, from a damaged one: Badger's error does not.
func checkAccess(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrPermission) {
		return err
	}
	if err == nil {
		return f.Close()
	}
	return nil
}

func removeEmpty(path string) error {
	info, err := os.Stat(path)
	if err != nil || info.Size() > 0 {
		return err
	}
	return os.Remove(path)
}

func checkTable(path string) (err error) {
	defer func() {
		if recover() != nil { // its text has a meaning inside Badger only
			err = errors.New("damaged")
		}
		if err != nil {
			err = fmt.Errorf("table %s: %w", filepath.Base(path), err)
		}
	}()
	f, err := z.OpenMmapFile(path, os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	t, err := table.OpenTable(f, table.Options{ReadOnly: true})
	if err != nil {
		return errors.Join(err, f.Close(-1))
	}
	return t.Close(-1)
}

// openError is why a database cannot be opened, in one sentence with a remedy.
type openError struct {
	dir string
	err error
}

func (e openError) Error() string {
	remedy := "restore it from a backup, or move it away to start with an empty one"
	if errors.Is(e.err, fs.ErrPermission) {
		remedy = "give it to the user that runs Gatebook"
	}
	reason, _, _ := strings.Cut(strings.TrimSpace(e.err.Error()), "\n")
	return fmt.Sprintf("opening the database %s: %s; %s", e.dir, reason, remedy)
}

func (e openError) Unwrap() error { return e.err }
