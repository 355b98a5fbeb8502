package store

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
	"github.com/dgraph-io/badger/v4/options"
	"github.com/dgraph-io/badger/v4/table"
	"github.com/dgraph-io/ristretto/v2/z"
)

// memTableSize bounds a transaction to 15 % of it (614 KiB, some 6,500 keys)
// and is the unit in which Badger holds memory.
const memTableSize = 4 << 20

// maxValue is the largest value that the option sets below keep in the LSM
// tree. Badger panics or refuses when it exceeds 15 % of memTableSize.
const maxValue = memTableSize * 14 / 100

// sidecarOptions fit a database beside another program: some 20 MiB of memory
// at the most, none of it given to caches that the page cache can replace.
//
// Values stay in the LSM tree: what is deleted from the value log never leaves
// the disk, what is deleted from the tree leaves with the next Flatten.
//
// Badger writes through memory maps, and a page that the disk cannot back
// kills the process (badger #1682). What it may still write by itself after
// the last check of free space has to fit in Options.MinFree (64 MiB):
//   - flushing three memtables of 4 MiB: 12 MiB;
//   - one compaction of level 0, eight tables of 4 MiB and a base level of
//     10 MiB: 42 MiB, or one further down, a table of 1 MiB and ten that it
//     overlaps: 11 MiB. TableSizeMultiplier is 1 so that deeper levels do not
//     cost more.
//
// A compaction holds twice the size of a table for each of a dozen that it may be
// writing at a time, and three may go on at once, so tables are small.
func sidecarOptions(dir string) badger.Options {
	opts := badger.DefaultOptions(dir).
		WithMemTableSize(memTableSize).
		WithNumMemtables(2).
		WithNumLevelZeroTables(4).
		WithNumLevelZeroTablesStall(8).
		WithBaseTableSize(1 << 20).
		WithNumCompactors(2). // one is an error, none never compacts
		WithCompactL0OnClose(false).
		WithValueThreshold(maxValue).
		WithValueLogFileSize(1 << 20). // stays empty, and is mapped at twice this size
		WithNumVersionsToKeep(1).
		WithCompression(options.None). // with any other, a block cache of 0 panics
		WithBlockCacheSize(0).
		WithMetricsEnabled(false) // expvar would keep every directory ever opened
	opts.TableSizeMultiplier = 1
	return opts
}

// serverOptions are for the server log: blocks that are compressed already,
// written by one goroutine that syncs them once a second.
func serverOptions(dir string) badger.Options {
	return sidecarOptions(dir).
		WithSyncWrites(false).
		WithDetectConflicts(false)
}

// appOptions are for the application log: small entries and their indexes, on
// the disk when a transaction returns. Its many small keys make table indexes
// worth bounding.
func appOptions(dir string) badger.Options {
	return sidecarOptions(dir).
		WithSyncWrites(true).
		WithIndexCacheSize(4 << 20)
}

// openBadger opens or creates a database. Badger's own warnings and errors go
// to log. Where Badger panics, on odd options or damaged files, and where it
// would delete what it cannot place, this returns an error.
func openBadger(opts badger.Options, log *slog.Logger) (db *badger.DB, err error) {
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
		if recover() != nil { // it says nothing to anybody who is not Badger
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

// badgerLog hands Badger's warnings and errors on and keeps its chatter away.
type badgerLog struct{ log *slog.Logger }

func (l badgerLog) Errorf(format string, args ...any)   { l.log.Error(text(format, args)) }
func (l badgerLog) Warningf(format string, args ...any) { l.log.Warn(text(format, args)) }
func (badgerLog) Infof(string, ...any)                  {}
func (badgerLog) Debugf(string, ...any)                 {}

func text(format string, args []any) string {
	return strings.TrimSpace(fmt.Sprintf(format, args...))
}

// Interface guards
var _ badger.Logger = badgerLog{}
