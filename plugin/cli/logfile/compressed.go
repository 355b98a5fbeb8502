package logfile

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// maxZstdWindow bounds the memory that a zstd file can ask for. It is the limit of the
// command zstd as well, without --long.
const maxZstdWindow = 128 << 20

// compression is a kind of compression, known by the first bytes of a file.
type compression struct {
	name, magic string
	// open is nil for one that is not read here.
	open func(io.Reader) (io.Reader, error)
	// tool is the command that decompresses it to standard output.
	tool string
}

// A file of several members or frames, which appending makes, is one log.
var compressions = []compression{
	{name: "gzip", magic: "\x1f\x8b", open: func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) }},
	{name: "bzip2", magic: "BZh", open: func(r io.Reader) (io.Reader, error) { return bzip2.NewReader(r), nil }},
	{name: "zstd", magic: "\x28\xb5\x2f\xfd", open: openZstd},
	{name: "zstd", magic: "\x50\x2a\x4d\x18", open: openZstd}, // a frame to skip, as pzstd begins
	{name: "xz", magic: "\xfd7zXZ\x00", tool: "xz -dc"},
	{name: "lz4", magic: "\x04\x22\x4d\x18", tool: "lz4 -dc"},
	{name: "compress", magic: "\x1f\x9d", tool: "uncompress -c"},
	{name: "lzip", magic: "LZIP", tool: "lzip -dc"},
	{name: "zip", magic: "PK\x03\x04", tool: "unzip -p"},
}

func openZstd(r io.Reader) (io.Reader, error) {
	// Without concurrency the decoder has no goroutines, and need not be closed.
	return zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxZstdWindow))
}

// decompressed returns what a file holds.
func decompressed(in *bufio.Reader) (*bufio.Reader, error) {
	for _, c := range compressions {
		magic, _ := in.Peek(len(c.magic))
		if string(magic) != c.magic {
			continue
		}
		if c.open == nil {
			return nil, fmt.Errorf("it is compressed with %s, which is not read here; pass it through %s to standard input, and give - for it", c.name, c.tool)
		}
		out, err := c.open(in)
		if err != nil {
			return nil, err
		}
		return bufio.NewReaderSize(out, MaxLine), nil
	}
	return in, nil
}

// explain adds what to do to an error of decompressing.
func explain(err error) error {
	if errors.Is(err, zstd.ErrWindowSizeExceeded) || errors.Is(err, zstd.ErrDecoderSizeExceeded) {
		return fmt.Errorf("%w: it needs more than %d MiB of memory; pass it through zstd -dc --long=31 to standard input, and give - for it", err, maxZstdWindow>>20)
	}
	return err
}

// skipZeros passes over zeros, with which a log begins whose server went on writing where
// it was after copytruncate, and over a byte order mark.
func skipZeros(in *bufio.Reader) error {
	for {
		if _, err := in.Peek(1); err != nil {
			return nil // Next meets it again
		}
		next, err := in.Peek(in.Buffered())
		if err != nil {
			return err
		}
		n := len(next) - len(bytes.TrimLeft(next, "\x00"))
		if _, err := in.Discard(n); err != nil {
			return err
		}
		if n < len(next) {
			break
		}
	}
	if mark, _ := in.Peek(3); string(mark) == "\xef\xbb\xbf" {
		_, err := in.Discard(len(mark))
		return err
	}
	return nil
}

// lineEnd returns the byte that ends the lines: a line feed, or a carriage return in a
// file that has no line feed where one would have to be. It reads no further than it has
// to, as the file may be a pipe.
func lineEnd(in *bufio.Reader) byte {
	n := 1
	for n <= MaxLine {
		head, err := in.Peek(n)
		head, _ = in.Peek(max(in.Buffered(), len(head)))
		if bytes.IndexByte(head, '\n') >= 0 {
			return '\n'
		}
		if err != nil || len(head) >= MaxLine {
			if cr := bytes.IndexByte(head, '\r'); cr >= 0 && cr < len(head)-1 {
				return '\r'
			}
			return '\n'
		}
		n = len(head) + 1
	}
	return '\n'
}
