package kv

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/dgraph-io/badger/v4/table"
	"github.com/dgraph-io/badger/v4/y"
)

// Of a damaged table or log a copy is made, and the damaged parts are removed from
// the original. The suffix of the copy says whether the loss is accounted for in
// the database.
const (
	PendingSuffix = ".torn"
	DamagedSuffix = ".damaged"
)

// RepairFiles must be called before Badger opens dir.
func RepairFiles(dir string, log *slog.Logger) error {
	return errors.Join(repairTables(dir, log), repairLogs(dir, log))
}

// repairTables looks at every block of every table before Badger does. From then
// on Badger meets no damage: neither in a read, nor in a compaction of its own,
// which would drop what comes after a damaged block, or panic.
//
// Reading it all costs what the disk takes: a million events are some 750 MB,
// and 0.2 s of computing. Tables whose index is damaged are left to Open, which
// refuses them.
func repairTables(dir string, log *slog.Logger) error {
	ids, err := tablesOf(dir)
	if err != nil {
		return nil // Open finds the same and says so
	}
	var buf []byte
	for _, id := range ids {
		path := table.NewFilename(id, dir)
		if buf, err = readInto(buf, path); err != nil {
			continue
		}
		t, err := ReadTable(buf)
		if err != nil || t.Damaged == 0 {
			continue
		}
		repaired, err := t.repaired()
		if err != nil {
			return err
		}
		if err := replaceFile(path, t.content, repaired); err != nil {
			return err
		}
		log.Error("a table is damaged; what can be read of it stays in use",
			"table", path, "damaged_blocks", t.Damaged, "blocks", len(t.Blocks), "copy", path+DamagedSuffix)
	}
	return nil
}

// readInto reads a file into buf, or into a larger one.
func readInto(buf []byte, path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return buf, err
	}
	defer f.Close()
	b := bytes.NewBuffer(buf[:0])
	_, err = b.ReadFrom(f)
	return b.Bytes(), err
}

// replaceFile makes a copy first, so that nothing is lost.
func replaceFile(path string, content, repaired []byte) error {
	err := WriteSynced(path+PendingSuffix, content)
	if err == nil {
		err = WriteSynced(path+".tmp", repaired)
	}
	if err == nil {
		err = os.Rename(path+".tmp", path)
	}
	if err == nil {
		err = SyncDir(filepath.Dir(path))
	}
	if err != nil {
		return fmt.Errorf("putting a damaged file aside: %w", err)
	}
	return nil
}

// keyRange is where keys have been lost, both ends included; with no last it
// has no end.
type keyRange struct{ First, last []byte }

// LostKeys are the ranges in which keys have been lost.
type LostKeys []keyRange

// Has reports whether a key is in one of the ranges.
func (l LostKeys) Has(key []byte) bool {
	for _, r := range l {
		if bytes.Compare(key, r.First) >= 0 && (r.last == nil || bytes.Compare(key, r.last) <= 0) {
			return true
		}
	}
	return false
}

// PendingRepairs returns the copies that RepairFiles made and whose loss is not yet
// accounted for in the database, and the ranges of the lost keys.
func PendingRepairs(dir string) (paths []string, lost LostKeys, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, nil, err
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), PendingSuffix) {
			paths = append(paths, filepath.Join(dir, e.Name()))
		}
	}
	for _, path := range paths {
		if !strings.HasSuffix(path, ".sst"+PendingSuffix) {
			continue // a log loses whole transactions
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return nil, nil, err
		}
		t, err := ReadTable(content)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", path, err)
		}
		lost = append(lost, t.lost()...)
	}
	return paths, lost, nil
}

// lost is where keys of the damaged blocks were. The next block may begin with
// an older version of a block's last key.
func (t *Table) lost() (list LostKeys) {
	for i, b := range t.Blocks {
		if !b.damaged {
			continue
		}
		r := keyRange{First: y.ParseKey(b.first)}
		if i+1 < len(t.Blocks) {
			r.last = y.ParseKey(t.Blocks[i+1].first)
		}
		list = append(list, r)
	}
	return list
}

// FinishAllRepairs is for a database that notices by itself what is missing.
func FinishAllRepairs(dir string) error {
	copies, _, err := PendingRepairs(dir)
	if err != nil {
		return err
	}
	return FinishRepairs(copies)
}

// FinishRepairs notes that the loss is accounted for in the database.
func FinishRepairs(paths []string) error {
	var errs []error
	for _, path := range paths {
		errs = append(errs, os.Rename(path, strings.TrimSuffix(path, PendingSuffix)+DamagedSuffix))
	}
	return errors.Join(errs...)
}
