package cli

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"

	"github.com/klauspost/compress/gzip"

	"github.com/gatebook/gatebook/record/display"
	"github.com/gatebook/gatebook/store/serverlog"
)

// maxLine is the longest line that is read. Ours are shorter, whatever was
// recorded; a file without line breaks must not fill the memory.
const maxLine = 1 << 20

// errLongLine says that a line was passed over.
var errLongLine = fmt.Errorf("the line is longer than %d bytes", maxLine)

// source is a log that is imported, a file or standard input, uncompressed
// while it is read. It knows the checksum of what was taken from it.
type source struct {
	name string
	file *os.File
	// start is where the log begins in file, and negative where one cannot go
	// back. size is the file's, 0 if that is not known; read is how much of
	// it has been read, all of it still compressed.
	start, size, read int64

	in *bufio.Reader
	// What was taken: its bytes, its line breaks and its last byte.
	sum   hash.Hash
	bytes int64
	lines int
	last  byte
}

// openSource opens a file; "-" is standard input.
func openSource(path string) (*source, error) {
	s := &source{name: display.Visible(path), file: os.Stdin}
	if path == "-" {
		s.name = "standard input"
	} else {
		f, err := os.Open(path)
		if err != nil {
			return nil, fmt.Errorf("opening a log: %w", err)
		}
		s.file = f
	}
	if info, err := s.file.Stat(); err == nil && info.Mode().IsRegular() {
		s.size = info.Size()
	}
	var err error
	if s.start, err = s.file.Seek(0, io.SeekCurrent); err != nil {
		s.start = -1
	}
	if err := s.begin(); err != nil {
		return nil, errors.Join(err, s.file.Close())
	}
	return s, nil
}

// begin makes what is read next the first of the log. Files of several gzip
// members, as appending makes them, are one log.
func (s *source) begin() error {
	s.read, s.sum, s.bytes, s.lines, s.last = 0, sha256.New(), 0, 0, 0
	s.in = bufio.NewReaderSize(countingReader{s.file, &s.read}, maxLine)
	if magic, _ := s.in.Peek(2); string(magic) != "\x1f\x8b" {
		return nil
	}
	unzip, err := gzip.NewReader(s.in)
	if err != nil {
		return s.failed(err)
	}
	s.in = bufio.NewReaderSize(unzip, maxLine)
	return nil
}

// rewind goes back to the first byte.
func (s *source) rewind() error {
	if s.start < 0 {
		return fmt.Errorf("%s would have to be read twice; put it into a file and give that", s.name)
	}
	if _, err := s.file.Seek(s.start, io.SeekStart); err != nil {
		return s.failed(err)
	}
	return s.begin()
}

func (s *source) close() error { return s.file.Close() }

func (s *source) failed(err error) error { return fmt.Errorf("reading %s: %w", s.name, err) }

// head is what comes next, at most maxLine bytes of it, without taking it.
func (s *source) head() ([]byte, error) {
	head, err := s.in.Peek(maxLine)
	if len(head) == 0 && err != nil && !errors.Is(err, io.EOF) {
		return nil, s.failed(err)
	}
	return head, nil // an error further on is met again by who reads on
}

// next is the next line, with its line break if it has one. It is not taken:
// see [source.take]. One that is too long is taken, and an errLongLine. Another
// error is io.EOF or that of reading.
func (s *source) next() ([]byte, error) {
	line, err := s.in.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		for errors.Is(err, bufio.ErrBufferFull) {
			s.take(line)
			line, err = s.in.ReadSlice('\n')
		}
		s.take(line)
		if err == nil || errors.Is(err, io.EOF) {
			err = errLongLine
		}
		return nil, err
	}
	if errors.Is(err, io.EOF) && len(line) > 0 {
		err = nil
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = s.failed(err)
	}
	return line, err
}

func (s *source) take(p []byte) {
	if len(p) == 0 {
		return
	}
	s.sum.Write(p)
	s.last = p[len(p)-1]
	s.count(p)
}

// count is take without the checksum, for those who need none.
func (s *source) count(p []byte) {
	s.bytes += int64(len(p))
	s.lines += bytes.Count(p, []byte("\n"))
}

// skip takes everything up to the byte n, or returns io.EOF if the log ends
// before it.
func (s *source) skip(n int64) error {
	_, err := io.CopyN(taker{s}, s.in, n-s.bytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return s.failed(err)
	}
	return err
}

// endLine takes the rest of a line of which a part was taken.
func (s *source) endLine() error {
	for s.bytes > 0 && s.last != '\n' {
		line, err := s.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil && !errors.Is(err, errLongLine) {
			return err
		}
		s.take(line)
		if err == nil && s.last != '\n' {
			return nil // the log ends in the same line
		}
	}
	return nil
}

// more reports whether the log goes on.
func (s *source) more() bool {
	_, err := s.in.Peek(1)
	return err == nil
}

// mark says what was taken.
func (s *source) mark() serverlog.ImportCheckpoint {
	return serverlog.ImportCheckpoint{Bytes: s.bytes, Sum: [32]byte(s.sum.Sum(nil))}
}

type taker struct{ *source }

func (t taker) Write(p []byte) (int, error) {
	t.take(p)
	return len(p), nil
}

type countingReader struct {
	io.Reader
	n *int64
}

func (r countingReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	*r.n += int64(n)
	return n, err
}
