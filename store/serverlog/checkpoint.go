package serverlog

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"os"
)

// checkpoint is a file that holds the number up to which the database has been
// synced. It is written after the sync, so the number is never too great.
type checkpoint struct{ f *os.File }

const checkpointLen = 8 + 4

func openCheckpoint(path string) (checkpoint, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	return checkpoint{f}, err
}

// read returns 0 for a checkpoint that is empty or damaged.
func (m checkpoint) read() (next uint64, err error) {
	b := make([]byte, checkpointLen)
	if n, err := m.f.ReadAt(b, 0); n < len(b) {
		if errors.Is(err, io.EOF) {
			return 0, nil
		}
		return 0, err
	}
	if crc32.Checksum(b[:8], castagnoli) != binary.BigEndian.Uint32(b[8:]) {
		return 0, nil
	}
	return binary.BigEndian.Uint64(b), nil
}

func (m checkpoint) write(next uint64) error {
	b := binary.BigEndian.AppendUint64(nil, next)
	b = binary.BigEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
	_, err := m.f.WriteAt(b, 0)
	return err
}
