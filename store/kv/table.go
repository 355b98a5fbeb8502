package kv

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4/fb"
	"github.com/dgraph-io/badger/v4/pb"
	"github.com/dgraph-io/badger/v4/table"
	"github.com/dgraph-io/badger/v4/y"
	flatbuffers "github.com/google/flatbuffers/go"
	"google.golang.org/protobuf/proto"
)

// A Badger table is blocks of some 4 KiB, each with a checksum, then an index
// of them, its length, its checksum and the length of that. Badger looks at
// the index's checksum only: it would take any other damage for data, panic
// over it, or end a list there as if nothing came after.

// Table is the content of a table.
type Table struct {
	content []byte
	index   *fb.TableIndex
	Size    int // of all blocks
	Blocks  []tableBlock
	Damaged int // how many blocks are
}

type tableBlock struct {
	first    []byte // its first key, with its version
	From, To uint32
	damaged  bool
}

var errTable = errors.New("damaged")

// ReadTable finds out which blocks of a table are damaged. It fails where
// nothing can be told because the index is.
func ReadTable(content []byte) (t *Table, err error) {
	defer func() {
		if recover() != nil {
			err = errTable
		}
	}()
	rest, sum, ok := cutSum(content)
	if !ok || len(rest) < 4 {
		return nil, errTable
	}
	rest, size := rest[:len(rest)-4], int(y.BytesToU32(rest[len(rest)-4:]))
	if size <= 0 || size > len(rest) {
		return nil, errTable
	}
	t = &Table{content: content, Size: len(rest) - size}
	index := rest[t.Size:]
	if y.VerifyChecksum(index, sum) != nil {
		return nil, errTable
	}
	t.index = fb.GetRootAsTableIndex(index, 0)
	for i := range t.index.OffsetsLength() {
		var at fb.BlockOffset
		t.index.Offsets(&at, i)
		b := tableBlock{first: bytes.Clone(at.KeyBytes()), From: at.Offset(), To: at.Offset() + at.Len()}
		data, sum, ok := cutSum(content[b.From:b.To])
		if !ok || y.VerifyChecksum(data, sum) != nil {
			b.damaged = true
			t.Damaged++
		}
		t.Blocks = append(t.Blocks, b)
	}
	return t, nil
}

// cutSum cuts a checksum and its length off the end of b.
func cutSum(b []byte) (before []byte, sum *pb.Checksum, ok bool) {
	if len(b) < 4 {
		return nil, nil, false
	}
	b, size := b[:len(b)-4], int(y.BytesToU32(b[len(b)-4:]))
	if size < 0 || size > len(b) {
		return nil, nil, false
	}
	sum = new(pb.Checksum)
	if proto.Unmarshal(b[len(b)-size:], sum) != nil || sum.Algo != pb.Checksum_CRC32C {
		return nil, nil, false
	}
	return b[:len(b)-size], sum, true
}

// repaired is the table without its damaged blocks: the same bytes with an index
// that leaves them out.
func (t *Table) repaired() ([]byte, error) {
	if t.Damaged == len(t.Blocks) {
		return emptyTable(t.Blocks[0].first), nil
	}
	index := t.sparseIndex()
	sum, err := proto.Marshal(&pb.Checksum{Algo: pb.Checksum_CRC32C, Sum: y.CalculateChecksum(index, pb.Checksum_CRC32C)})
	if err != nil {
		return nil, fmt.Errorf("writing a checksum: %w", err)
	}
	out := append(bytes.Clone(t.content[:t.Size]), index...)
	out = append(append(out, y.U32ToBytes(uint32(len(index)))...), sum...)
	return append(out, y.U32ToBytes(uint32(len(sum)))...), nil
}

func (t *Table) sparseIndex() []byte {
	b := flatbuffers.NewBuilder(t.index.BloomFilterLength() + 64*len(t.Blocks))
	var offsets []flatbuffers.UOffsetT
	for _, block := range t.Blocks {
		if block.damaged {
			continue
		}
		key := b.CreateByteVector(block.first)
		fb.BlockOffsetStart(b)
		fb.BlockOffsetAddKey(b, key)
		fb.BlockOffsetAddOffset(b, block.From)
		fb.BlockOffsetAddLen(b, block.To-block.From)
		offsets = append(offsets, fb.BlockOffsetEnd(b))
	}
	fb.TableIndexStartOffsetsVector(b, len(offsets))
	for i := len(offsets) - 1; i >= 0; i-- {
		b.PrependUOffsetT(offsets[i])
	}
	list := b.EndVector(len(offsets))
	var bloom flatbuffers.UOffsetT
	if filter := t.index.BloomFilterBytes(); len(filter) > 0 {
		bloom = b.CreateByteVector(filter)
	}
	fb.TableIndexStart(b)
	fb.TableIndexAddOffsets(b, list)
	fb.TableIndexAddBloomFilter(b, bloom)
	fb.TableIndexAddMaxVersion(b, t.index.MaxVersion())
	fb.TableIndexAddUncompressedSize(b, t.index.UncompressedSize())
	fb.TableIndexAddKeyCount(b, t.index.KeyCount())
	fb.TableIndexAddOnDiskSize(b, t.index.OnDiskSize())
	fb.TableIndexAddStaleDataSize(b, t.index.StaleDataSize())
	b.Finish(fb.TableIndexEnd(b))
	return b.FinishedBytes()
}

// emptyTable says of one key that it is gone: a table must have something.
func emptyTable(key []byte) []byte {
	const deleted = 1 // Badger's bitDelete
	b := table.NewTableBuilder(table.Options{BlockSize: 4 << 10, TableSize: 4 << 10})
	defer b.Close()
	b.Add(key, y.ValueStruct{Meta: deleted}, 0)
	return b.Finish()
}
