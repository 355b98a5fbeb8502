package geo

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
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
	// Opening a named pipe would wait for somebody to write.
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return memory{}, info, fmt.Errorf("reading %s: it is no regular file: give the path of an .mmdb file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return memory{}, nil, explain(path, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return memory{}, nil, explain(path, err)
	}
	switch {
	case info.Size() == 0:
		return memory{}, info, fmt.Errorf("reading %s: the file is empty: download it again", path)
	case info.Size() > maxFile:
		return memory{}, info, fmt.Errorf("reading %s: the file is larger than %d MiB: give a smaller one, such as Country or ASN", path, maxFile>>20)
	}
	data, err := allocate(int(info.Size()))
	if err != nil {
		return memory{}, nil, fmt.Errorf("reading %s: no memory for %d bytes: %w", path, info.Size(), err)
	}
	if err := fill(data.bytes, f, info); err != nil {
		data.free()
		return memory{}, nil, explain(path, err)
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
	if !same(before, after) {
		return errWriting
	}
	return nil
}

func same(a, b os.FileInfo) bool {
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}

// explain adds what to do to an error of the operating system.
func explain(path string, err error) error {
	remedy := ""
	switch {
	case errors.Is(err, fs.ErrNotExist):
		remedy = ": check the path, or put the file there"
	case errors.Is(err, fs.ErrPermission):
		remedy = ": let the user that runs Gatebook read it"
	}
	var inPath *fs.PathError
	if errors.As(err, &inPath) {
		err = inPath.Err // names the path again
	}
	return fmt.Errorf("reading %s: %w%s", path, err, remedy)
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
