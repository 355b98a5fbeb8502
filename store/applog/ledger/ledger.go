// Package ledger keeps a file beside the directory of an instance: what must not
// come back with a backup.
package ledger

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/kv"
)

// A ledger remembers, outside of the directory that a backup restores, what
// must not come back with it: which entries were erased, and how long entries
// are kept. It names nobody: entries by their number and a check, fields by
// their kind. Each line is JSON and on the disk before what it says is done.
type Ledger struct {
	Path string // "" for none
}

// ledgerLine is one decision.
type Line struct {
	Time time.Time `json:"time"`
	// Erased are entries that lost what identifies people.
	Erased []Erasure `json:"erased,omitempty"`
	Policy *Policy   `json:"policy,omitempty"`
}

// Erasure is one entry that is to lose what identifies people. Check tells it from another that got the same number
// after a backup was restored. Fields are those that anonymizing leaves, since they
// are impersonal or were declared to be, and that named somebody nevertheless:
// "subject", or a name that [record.Event.Impersonal] may have.
type Erasure struct {
	Seq    uint64   `json:"seq"`
	Check  string   `json:"check"`
	Fields []string `json:"fields,omitempty"`
}

// NewErasure makes one of an entry, which loses these fields as well.
func NewErasure(e *record.Event, fields []string) Erasure {
	return Erasure{Seq: e.Seq, Check: Check(e), Fields: fields}
}

// ledgerOf is the ledger of the instance in dir: a file beside it.
func Beside(dir string) Ledger { return Ledger{filepath.Clean(dir) + ".ledger"} }

// checkOf is the same for an entry and its copy in a backup, and for no other.
// It follows from nothing that is personal.
func Check(e *record.Event) string {
	h := sha256.New()
	h.Write(binary.BigEndian.AppendUint64(nil, e.Seq))
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(e.Received.UnixMicro())))
	h.Write([]byte(e.ID))
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// read returns all lines, and what tells this state of the ledger from others. A
// last line without its end was being written when the process died: nothing of
// what it says has been done.
func (l Ledger) Read() (lines []Line, state []byte, err error) {
	if l.Path == "" {
		return nil, nil, nil
	}
	data, err := os.ReadFile(l.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("reading the ledger: %w", err)
	}
	data = data[:bytes.LastIndexByte(data, '\n')+1]
	sum := sha256.Sum256(data)
	scan := bufio.NewScanner(bytes.NewReader(data))
	scan.Buffer(nil, 1<<20)
	for n := 1; scan.Scan(); n++ {
		var line Line
		if err := json.Unmarshal(scan.Bytes(), &line); err != nil {
			return nil, nil, fmt.Errorf("%s, line %d: %w; it says what must stay erased: restore it, or take the line out if you know what it said", l.Path, n, err)
		}
		lines = append(lines, line)
	}
	return lines, sum[:], scan.Err()
}

// write adds lines, which are on the disk when it returns.
func (l Ledger) Write(lines ...Line) error {
	if l.Path == "" || len(lines) == 0 {
		return nil
	}
	var text bytes.Buffer
	out := json.NewEncoder(&text)
	for _, line := range lines {
		if err := out.Encode(line); err != nil {
			return fmt.Errorf("writing the ledger: %w", err)
		}
	}
	f, err := os.OpenFile(l.Path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("writing the ledger: %w", err)
	}
	end, err := endOfLines(f)
	if err == nil {
		if err = f.Truncate(end); err == nil {
			_, err = f.WriteAt(text.Bytes(), end)
		}
	}
	if err = errors.Join(err, f.Sync(), f.Close(), kv.SyncDir(filepath.Dir(l.Path))); err != nil {
		return fmt.Errorf("writing the ledger: %w", err)
	}
	return nil
}

// endOfLines is where the last whole line ends.
func endOfLines(f *os.File) (int64, error) {
	size, err := f.Seek(0, 2)
	if err != nil {
		return 0, err
	}
	buf := make([]byte, 1)
	for ; size > 0; size-- {
		if _, err := f.ReadAt(buf, size-1); err != nil {
			return 0, err
		}
		if buf[0] == '\n' {
			break
		}
	}
	return size, nil
}

// Policy is how long the application log keeps what, as it is stored.
type Policy struct {
	record.LogPolicy
	// Chosen says that people decided on it; else it is what the configuration
	// starts with.
	Chosen bool `json:"chosen"`
	// Changed is when it was stored.
	Changed time.Time `json:"changed"`
}
