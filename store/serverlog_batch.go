package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"time"

	"github.com/klauspost/compress/zstd"
)

// Limits of a batch. A reader that looks for a moment has to look at the
// batches whose newest request is up to batchSpan later. The bytes are
// counted before compression and with columns at their widest, so that a batch
// that does not compress still fits in a value.
const (
	batchRows  = 4096
	batchBytes = 512 << 10
	batchSpan  = time.Hour
)

// Keys of the server log. docs/format.md describes them.
const (
	batchPrefix = 'b'
	stockKey    = "s"
)

const (
	batchKeyLen = 1 + 4 + 8 + 8
	batchHeader = 1 + 4 + 8
	batchSum    = 4
	dayMicros   = int64(24 * time.Hour / time.Microsecond)
	signBit     = 1 << 63
)

// castagnoli is the polynomial that processors compute themselves.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// batchKey sorts by time: by the day, so that a day can be dropped as a
// prefix, then by the newest request, in microseconds, then by seq.
func batchKey(newest int64, seq uint64) []byte {
	key := make([]byte, 0, batchKeyLen)
	key = append(key, batchPrefix)
	key = binary.BigEndian.AppendUint32(key, uint32(max(day(newest), 0)))
	key = binary.BigEndian.AppendUint64(key, uint64(newest)^signBit)
	return binary.BigEndian.AppendUint64(key, seq)
}

func parseBatchKey(key []byte) (newest int64, seq uint64, err error) {
	if len(key) != batchKeyLen || key[0] != batchPrefix {
		return 0, 0, fmt.Errorf("%x is no batch's key", key)
	}
	return int64(binary.BigEndian.Uint64(key[5:]) ^ signBit), binary.BigEndian.Uint64(key[13:]), nil
}

// day counts from 1970-01-01 in UTC; earlier days are negative.
func day(micros int64) int64 {
	d := micros / dayMicros
	if micros%dayMicros < 0 {
		d--
	}
	return d
}

// row is one encoded request: its time and where its body is.
type row struct {
	micros     int64
	start, end int
}

// cutBatch returns how many of the rows, sorted by time, the next batch takes.
func cutBatch(rows []row) int {
	const columns = 2 * binary.MaxVarintLen64
	first, size := rows[0].micros, 0
	for i, r := range rows {
		size += r.end - r.start + columns
		if i == batchRows || i > 0 && size > batchBytes ||
			r.micros-first > batchSpan.Microseconds() || day(r.micros) != day(first) {
			return i
		}
	}
	return len(rows)
}

// batchWriter turns sorted rows into values.
type batchWriter struct {
	zstd *zstd.Encoder
	raw  []byte
}

func newBatchWriter() (*batchWriter, error) {
	enc, err := zstd.NewWriter(nil,
		zstd.WithEncoderLevel(zstd.SpeedFastest),
		zstd.WithEncoderConcurrency(1),
		zstd.WithLowerEncoderMem(true),
		zstd.WithWindowSize(batchBytes),
		zstd.WithEncoderCRC(false)) // the value has a checksum of its own
	return &batchWriter{zstd: enc}, err
}

// value encodes rows, whose bodies are in bodies, to be stored under key.
func (w *batchWriter) value(key []byte, rows []row, bodies []byte) []byte {
	raw := w.raw[:0]
	before := rows[0].micros
	for _, r := range rows {
		raw = binary.AppendUvarint(raw, uint64(r.micros-before))
		before = r.micros
	}
	for _, r := range rows {
		raw = binary.AppendUvarint(raw, uint64(r.end-r.start))
	}
	for _, r := range rows {
		raw = append(raw, bodies[r.start:r.end]...)
	}
	w.raw = raw

	v := append(make([]byte, 0, batchHeader+len(raw)/4), requestVersion)
	v = binary.BigEndian.AppendUint32(v, uint32(len(rows)))
	v = binary.BigEndian.AppendUint64(v, uint64(rows[0].micros))
	v = w.zstd.EncodeAll(raw, v)
	return binary.BigEndian.AppendUint32(v, batchChecksum(key, v))
}

// batchChecksum covers the key too: a batch under another's key is damaged.
func batchChecksum(key, value []byte) uint32 {
	return crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, value)
}

// batchInfo is what a batch's header says.
type batchInfo struct {
	rows   int
	oldest int64
}

// parseBatchHeader reads the first bytes of a value and trusts them.
func parseBatchHeader(value []byte) (batchInfo, error) {
	if len(value) < batchHeader+batchSum {
		return batchInfo{}, fmt.Errorf("cut off after %d bytes", len(value))
	}
	if value[0] != requestVersion {
		return batchInfo{}, fmt.Errorf("unknown version %d", value[0])
	}
	info := batchInfo{
		rows:   int(binary.BigEndian.Uint32(value[1:])),
		oldest: int64(binary.BigEndian.Uint64(value[5:])),
	}
	if info.rows < 1 || info.rows > batchRows {
		return batchInfo{}, fmt.Errorf("said to hold %d requests", info.rows)
	}
	return info, nil
}

// checkBatch says whether a value is what was written under key.
func checkBatch(key, value []byte) error {
	if len(value) < batchHeader+batchSum {
		return fmt.Errorf("cut off after %d bytes", len(value))
	}
	body, sum := value[:len(value)-batchSum], value[len(value)-batchSum:]
	if batchChecksum(key, body) != binary.BigEndian.Uint32(sum) {
		return errors.New("the checksum does not fit")
	}
	return nil
}

var errColumns = errors.New("its columns do not fit")

// batchReader turns values into rows; it keeps its memory from one to the next.
type batchReader struct {
	zstd *zstd.Decoder
	raw  []byte
	rows []row
	// bodies is where the rows are.
	bodies string
}

// read decodes a whole value.
func (b *batchReader) read(key, value []byte) error {
	if err := checkBatch(key, value); err != nil {
		return err
	}
	info, err := parseBatchHeader(value)
	if err != nil {
		return err
	}
	b.raw, err = b.zstd.DecodeAll(value[batchHeader:len(value)-batchSum], b.raw[:0])
	if err != nil {
		return fmt.Errorf("decompressing: %w", err)
	}
	b.bodies, b.rows = string(b.raw), b.rows[:0]
	return b.readColumns(info)
}

func (b *batchReader) readColumns(info batchInfo) error {
	d := fieldReader{rest: b.bodies}
	micros := info.oldest
	for range info.rows {
		micros += int64(d.uvarint())
		b.rows = append(b.rows, row{micros: micros})
	}
	end := 0
	for i := range b.rows {
		length := d.uvarint()
		if d.bad || length > uint64(len(b.bodies)) {
			return errColumns
		}
		b.rows[i].start = end
		end += int(length)
		b.rows[i].end = end
	}
	if end != len(d.rest) {
		return errColumns
	}
	b.bodies = d.rest
	return nil
}

// body is the encoded request of row i.
func (b *batchReader) body(i int) string { return b.bodies[b.rows[i].start:b.rows[i].end] }
