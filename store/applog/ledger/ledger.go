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

// Ledger records, outside of the directory that a backup restores, what must not
// come back with it: which entries were erased, and how long entries are kept. It
// identifies nobody: it has numbers and checks of entries and kinds of fields.
// Each line is JSON, and on the disk before the decision takes effect.
type Ledger struct {
	Path string // "" for none
}

// Line is one decision in a ledger.
type Line struct {
	Time time.Time `json:"time"`
	// Erased are entries that lost what identifies people.
	Erased []Erasure `json:"erased,omitempty"`
	Policy *Policy   `json:"policy,omitempty"`
}

// Erasure is an entry that is to lose all that identifies people. Check tells it
// from another that got the same number after a backup was restored. Fields are
// those that anonymizing keeps, since they are impersonal or were declared to be,
// and that name somebody nevertheless: "subject", or a name that
// [record.Event.Impersonal] may have.
type Erasure struct {
	Seq    uint64   `json:"seq"`
	Check  string   `json:"check"`
	Fields []string `json:"fields,omitempty"`
}

// NewErasure returns the erasure of an entry and of these fields.
func NewErasure(e *record.Event, fields []string) Erasure {
	return Erasure{Seq: e.Seq, Check: Check(e), Fields: fields}
}

// Beside returns the ledger of the instance in dir: a file beside dir.
func Beside(dir string) Ledger { return Ledger{filepath.Clean(dir) + ".ledger"} }

// Check returns a value that an entry shares with its copy in a backup, and with
// no other entry. It does not depend on personal data.
func Check(e *record.Event) string {
	h := sha256.New()
	h.Write(binary.BigEndian.AppendUint64(nil, e.Seq))
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(e.Received.UnixMicro())))
	h.Write([]byte(e.ID))
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// Read returns all lines and a hash of this state of the ledger. A last line
// without its end was being written when the process died: its decision has not
// taken effect.
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

// Applied returns how many lines the ledger had in a state that Read returned; -1
// if it never had that state, since somebody edited or replaced the file.
func (l Ledger) Applied(state []byte) (int, error) {
	if state == nil {
		return 0, nil
	}
	data, err := os.ReadFile(l.Path)
	if err != nil {
		return 0, fmt.Errorf("reading the ledger: %w", err)
	}
	h, n := sha256.New(), 0
	for line := range bytes.Lines(data) {
		h.Write(line)
		if n++; bytes.Equal(h.Sum(nil), state) {
			return n, nil
		}
	}
	return -1, nil
}

// Write adds lines, which are on the disk when it returns.
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
	// Chosen says that somebody chose it; otherwise it comes from the
	// configuration.
	Chosen bool `json:"chosen"`
	// Changed is when it was stored.
	Changed time.Time `json:"changed"`
}
