package kv

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/dgraph-io/badger/v4/y"
)

// What is in no table yet is in a log beside it (*.mem): a header, then
// transactions, each of entries with a checksum and a last one that ends it.
// Badger takes an entry that does not fit for the end, as after a crash, and
// cuts off all that comes after.

const (
	memHeader = 20
	// Badger's bits for an entry of a transaction, and for its last.
	ofTransaction  = 1 << 6
	endTransaction = 1 << 7
)

// repairLogs finds logs in which whole transactions come after a damaged one, which
// no crash leaves behind, and takes the damaged one out.
func repairLogs(dir string, log *slog.Logger) error {
	paths, err := os.ReadDir(dir)
	if err != nil {
		return nil // Open finds the same and says so
	}
	for _, e := range paths {
		path := filepath.Join(dir, e.Name())
		if filepath.Ext(path) != ".mem" {
			continue
		}
		content, err := os.ReadFile(path)
		if err != nil || len(content) < memHeader {
			continue
		}
		repaired, lost := repairLog(content)
		if repaired == nil {
			continue
		}
		if err := replaceFile(path, content, repaired); err != nil {
			return err
		}
		log.Error("a log is damaged; what can be read of it stays in use",
			"log", path, "damaged_bytes", lost, "copy", path+DamagedSuffix)
	}
	return nil
}

// repairLog is content without what is damaged, or nil where nothing whole comes
// after that. Of a damaged transaction nothing is kept.
func repairLog(content []byte) (repaired []byte, lost int) {
	out := bytes.Clone(content[:memHeader])
	damaged, kept := 0, false
	for at := memHeader; at < len(content); {
		end, ok := transactionAt(content, at)
		if ok {
			out = append(out, content[at:end]...)
			kept = kept || damaged > 0
			at = end
			continue
		}
		next := afterDamage(content, at)
		if next < 0 {
			break
		}
		damaged += next - at
		at = next
	}
	if !kept {
		return nil, 0
	}
	return append(out, make([]byte, len(content)-len(out))...), damaged
}

// transactionAt finds the end of a whole transaction.
func transactionAt(content []byte, at int) (end int, ok bool) {
	for {
		meta, end, ok := entryAt(content, at)
		switch {
		case !ok:
			return at, false
		case meta&ofTransaction == 0:
			return end, true // its last, or an entry that stands alone
		}
		at = end
	}
}

// afterDamage finds where the next transaction begins: behind the first end of
// one. It is -1 where there is none.
func afterDamage(content []byte, at int) int {
	last := len(bytes.TrimRight(content, "\x00"))
	for at < last {
		meta, end, ok := entryAt(content, at)
		switch {
		case !ok:
			at++
		case meta&endTransaction != 0:
			return end
		default:
			at = end
		}
	}
	return -1
}

// entryAt finds the end of an entry and checks its checksum. Ours expire never
// and have no mark of their own; that most bytes look otherwise keeps a search
// through them short.
func entryAt(content []byte, at int) (meta byte, end int, ok bool) {
	b := content[at:]
	if len(b) < 2 || b[1] != 0 {
		return 0, 0, false
	}
	size := 2
	var lengths [3]uint64 // of key and value; and when it expires
	for i := range lengths {
		v, n := binary.Uvarint(b[size:])
		if n <= 0 {
			return 0, 0, false
		}
		lengths[i] = v
		size += n
	}
	key, value := lengths[0], lengths[1]
	if key == 0 || key > 1<<16 || value > MaxValue || lengths[2] != 0 || size+int(key+value)+crc32.Size > len(b) {
		return 0, 0, false
	}
	size += int(key + value)
	if crc32.Checksum(b[:size], y.CastagnoliCrcTable) != binary.BigEndian.Uint32(b[size:]) {
		return 0, 0, false
	}
	return b[0], at + size + crc32.Size, true
}
