// Package logfile reads past logs line by line, from files or from standard input,
// compressed or not, and shows how far it has come.
package logfile

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"

	"github.com/gatebook/gatebook/record/display"
	"github.com/gatebook/gatebook/store/serverlog"
)

// MaxLine is the longest line that is read. Our own are shorter, whatever was
// recorded; a file without line breaks must not fill the memory.
const MaxLine = 1 << 20

// ErrLongLine reports that a line was skipped.
var ErrLongLine = fmt.Errorf("the line is longer than %d bytes", MaxLine)

// Source is a log, a file or standard input, uncompressed while it is read. It has the
// checksum of what was taken from it.
type Source struct {
	// Name is the name to show. It does not control a terminal.
	Name string

	file *os.File
	// start is where the log begins in file, negative if it cannot be read again.
	// size is the size of the file, 0 if it is unknown; read is how much of the file
	// has been read, compressed.
	start, size, read int64

	in *bufio.Reader
	// eol is the byte that ends a line.
	eol byte
	// What was taken: its bytes, its line breaks and its last byte.
	sum   hash.Hash
	bytes int64
	lines int
	last  byte
}

// Open opens a file; "-" is standard input.
func Open(path string) (*Source, error) {
	s := &Source{Name: display.Visible(path), file: os.Stdin}
	if path == "-" {
		s.Name = "standard input"
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

// begin makes the next byte of the file the first of the log.
func (s *Source) begin() error {
	s.read, s.sum, s.bytes, s.lines, s.last = 0, sha256.New(), 0, 0, 0
	in, err := decompressed(bufio.NewReaderSize(countingReader{s.file, &s.read}, MaxLine))
	if err != nil {
		return s.readError(err)
	}
	s.in = in
	if err := skipZeros(s.in); err != nil {
		return s.readError(err)
	}
	s.eol = lineEnd(s.in)
	return nil
}

// Rewind goes back to the first byte.
func (s *Source) Rewind() error {
	if s.start < 0 {
		return fmt.Errorf("%s would have to be read twice; put it into a file and give that", s.Name)
	}
	if _, err := s.file.Seek(s.start, io.SeekStart); err != nil {
		return s.readError(err)
	}
	return s.begin()
}

// Close closes the file.
func (s *Source) Close() error { return s.file.Close() }

func (s *Source) readError(err error) error {
	return fmt.Errorf("reading %s: %w", s.Name, explain(err))
}

// Head returns what comes next, at most MaxLine bytes, without taking it.
func (s *Source) Head() ([]byte, error) {
	head, err := s.in.Peek(MaxLine)
	if len(head) == 0 && err != nil && !errors.Is(err, io.EOF) {
		return nil, s.readError(err)
	}
	return head, nil // Next meets an error further on again
}

// Next returns the next line, with its line break if it has one. The caller takes it
// with [Source.Take] or [Source.Count] before the next call. A line that is too long is
// taken and returns ErrLongLine. Another error is io.EOF or that of reading.
func (s *Source) Next() ([]byte, error) {
	line, err := s.in.ReadSlice(s.eol)
	for errors.Is(err, bufio.ErrBufferFull) && line[len(line)-1] == 0 && len(bytes.TrimLeft(line, "\x00")) == 0 {
		s.Take(line) // zeros that a crash left are no part of the line after them
		line, err = s.in.ReadSlice(s.eol)
	}
	if errors.Is(err, bufio.ErrBufferFull) {
		for errors.Is(err, bufio.ErrBufferFull) {
			s.Take(line)
			line, err = s.in.ReadSlice(s.eol)
		}
		s.Take(line)
		if err == nil || errors.Is(err, io.EOF) {
			err = ErrLongLine
		}
		return nil, err
	}
	if errors.Is(err, io.EOF) && len(line) > 0 {
		err = nil
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = s.readError(err)
	}
	return line, err
}

// Take takes what was read.
func (s *Source) Take(p []byte) {
	if len(p) == 0 {
		return
	}
	s.sum.Write(p)
	s.last = p[len(p)-1]
	s.Count(p)
}

// Count is Take without the checksum.
func (s *Source) Count(p []byte) {
	s.bytes += int64(len(p))
	s.lines += bytes.Count(p, []byte{s.eol})
}

// EOL returns the byte that ends a line.
func (s *Source) EOL() byte { return s.eol }

// Bytes returns how many bytes were taken.
func (s *Source) Bytes() int64 { return s.bytes }

// Lines returns how many line breaks were taken.
func (s *Source) Lines() int { return s.lines }

// Checkpoint returns the number and the checksum of the bytes that were taken.
func (s *Source) Checkpoint() serverlog.ImportCheckpoint {
	return serverlog.ImportCheckpoint{Bytes: s.bytes, Sum: [32]byte(s.sum.Sum(nil))}
}

// Skip takes everything up to the byte n. It returns io.EOF if the log ends before n.
func (s *Source) Skip(n int64) error {
	_, err := io.CopyN(taker{s}, s.in, n-s.bytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return s.readError(err)
	}
	return err
}

// FinishLine takes the rest of a line of which a part was taken.
func (s *Source) FinishLine() error {
	for s.bytes > 0 && s.last != s.eol {
		line, err := s.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil && !errors.Is(err, ErrLongLine) {
			return err
		}
		s.Take(line)
		if err == nil && s.last != s.eol {
			return nil // the log ends in the same line
		}
	}
	return nil
}

// More reports whether something is left.
func (s *Source) More() bool {
	_, err := s.in.Peek(1)
	return err == nil
}

type taker struct{ *Source }

func (t taker) Write(p []byte) (int, error) {
	t.Take(p)
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
