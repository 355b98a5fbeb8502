package geo

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/gatebook/gatebook/plugin/datafile"
)

// maxFile bounds the memory that a file may take, in bytes. Files with country
// and network have 5 to 60 MB, the largest with cities and more some 500 MB.
const maxFile = 1 << 30

// load reads a file and makes sure that it is usable. info identifies the
// state of the file; it is nil if the state is unknown.
func load(path string) (*reader, os.FileInfo, error) {
	data, info, err := read(path)
	if err != nil {
		return nil, info, err
	}
	r, err := parse(data)
	if err != nil {
		return nil, info, fmt.Errorf("reading %s: %w", path, err)
	}
	return r, info, nil
}

// read takes the whole file into memory. The caller frees it.
func read(path string) (memory, os.FileInfo, error) {
	f, info, err := datafile.Open(path, datafile.Limits{Size: maxFile, Smaller: "a smaller one, such as Country or ASN", Wanted: "an .mmdb file"})
	if err != nil {
		return memory{}, info, err
	}
	defer f.Close()
	if info.Size() == 0 {
		return memory{}, info, fmt.Errorf("reading %s: the file is empty: download it again", path)
	}
	data, err := allocate(int(info.Size()))
	if err != nil {
		return memory{}, nil, fmt.Errorf("reading %s: no memory for %d bytes: %w", path, info.Size(), err)
	}
	if err := fill(data.bytes, f, info); err != nil {
		data.free()
		return memory{}, nil, datafile.Explain(path, err)
	}
	return data, info, nil
}

var errWriting = errors.New("it changed while it was read: wait until it has been written")

// fill reads f, and notices when somebody writes to it meanwhile.
func fill(data []byte, f *os.File, before os.FileInfo) error {
	if _, err := io.ReadFull(f, data); errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return errWriting
	} else if err != nil {
		return err
	}
	after, err := f.Stat()
	if err != nil {
		return err
	}
	if !datafile.Same(before, after) {
		return errWriting
	}
	return nil
}

// unreadable returns the error about a file that is no database.
func unreadable(data []byte, err error) error {
	for _, packed := range []struct{ magic, tool string }{
		{"\x1f\x8b", "gunzip, or tar -xzf for .tar.gz"},
		{"PK\x03\x04", "unzip"},
		{"\x28\xb5\x2f\xfd", "unzstd"},
	} {
		if bytes.HasPrefix(data, []byte(packed.magic)) {
			return fmt.Errorf("the file is compressed: unpack it first (%s)", packed.tool)
		}
	}
	return fmt.Errorf("no intact MaxMind database (%w): give an .mmdb file, or download it again", err)
}
