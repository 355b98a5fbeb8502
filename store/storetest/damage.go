package storetest

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/gatebook/gatebook/store/kv"
)

// Overwrite changes a table in place, while a database has it open.
func Overwrite(t *testing.T, dir string, f func(table []byte)) {
	t.Helper()
	path := filepath.Join(dir, "000001.sst")
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f(content)
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteAt(content, 0); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
}

// DamageBlocks zeroes blocks of the only table in dir.
func DamageBlocks(t *testing.T, dir string, numbers ...int) {
	t.Helper()
	Overwrite(t, dir, func(content []byte) {
		table, err := kv.ReadTable(slices.Clone(content))
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range numbers {
			b := table.Blocks[n]
			clear(content[b.From:b.To])
		}
	})
}
