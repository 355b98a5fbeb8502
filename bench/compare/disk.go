package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
)

// ultraMost is the largest log that is compressed with zstd --ultra -22 unless
// asked for: it takes some seconds a megabyte.
const ultraMost = 64 << 20

// compressors are what a log is compressed with otherwise.
var compressors = []struct {
	name string
	args []string
	bar  string
}{
	{"gzip -6", []string{"gzip", "-6", "-c"}, ""},
	{"zstd -3", []string{"zstd", "-3", "-c", "-q"}, ""},
	{"zstd -19", []string{"zstd", "-19", "-c", "-q"}, "the bar"},
	{ultra, []string{"zstd", "--ultra", "-22", "-c", "-q"}, "the moonshot"},
}

const ultra = "zstd --ultra -22"

// disk measures the bytes that a record takes: of a real log, of the synthetic one, and
// of one that is made to be large.
func (r *run) disk() error {
	if _, err := os.Stat(r.log); errors.Is(err, fs.ErrNotExist) {
		fmt.Fprintf(r.out, "\n%s is not there: no table of a real log.\n", r.log)
	} else if err := r.diskOf("a real log", r.log); err != nil {
		return err
	}
	for _, c := range []struct {
		name string
		form form
	}{{"synthetic", combined}, {"hostile, every path and agent random", hostile}} {
		file, err := r.logFile(c.form)
		if err != nil {
			return err
		}
		if err := r.diskOf(c.name, file); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) diskOf(name, file string) error {
	n, err := countLines(file)
	if err != nil {
		return err
	}
	packed, err := r.compress(file)
	if err != nil {
		return err
	}
	var in imported
	dir := r.path("disk-" + filepath.Base(file))
	took, err := r.child(job{role: "import", dir: dir, form: combined, file: file}, &in)
	if err != nil {
		return err
	}
	onDisk, content, err := sizes(filepath.Join(dir, "server"))
	if err != nil {
		return err
	}
	t := newTable(fmt.Sprintf("Disk: %s, %d records", name, in.Records), "form", "bytes a record", "Gatebook beside it", "")
	per := func(size int64) string { return fmt.Sprintf("%.2f", float64(size)/float64(n)) }
	t.add("combined", per(packed[0]), ratio(onDisk, packed[0]))
	for i, c := range compressors {
		switch size := packed[i+1]; {
		case size == 0 && c.name == ultra && installed(c.args[0]):
			t.add(c.name, "with -ultra", "", c.bar)
		case size == 0:
			t.add(c.name, absent, "", c.bar)
		case c.bar != "":
			t.add(c.name, per(size), ratio(onDisk, size), c.bar+": "+bar(onDisk, size))
		default:
			t.add(c.name, per(size), ratio(onDisk, size))
		}
	}
	t.add("Gatebook, the whole directory (du)", per(onDisk), "1.00")
	t.add("Gatebook, what its files hold", per(content), ratio(content, onDisk))
	t.note("The import took %.1f µs of CPU a record, reading the lines and naming user agents included, and held up to %s more than nothing; the bar is 150 MB: %s.",
		took.cpu.Seconds()*1e6/float64(in.Records), megabytes(in.Memory), bar(in.Memory, mostAsked))
	t.print(r.out)
	return os.RemoveAll(dir)
}

func ratio(a, b int64) string { return fmt.Sprintf("%.2f", float64(a)/float64(b)) }

func megabytes(n int64) string { return fmt.Sprintf("%.0f MB", float64(n)/1e6) }

// compress returns the size of file and of what each compressor makes of it, 0
// where that was not tried. They run side by side: only their sizes matter.
func (r *run) compress(file string) ([]int64, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	packed := make([]int64, 1+len(compressors))
	packed[0] = info.Size()
	errs := make([]error, len(compressors))
	var wg sync.WaitGroup
	for i, c := range compressors {
		if !installed(c.args[0]) || c.name == ultra && info.Size() > ultraMost && !r.ultra {
			continue
		}
		wg.Go(func() { packed[i+1], errs[i] = r.packedSize(file, c.args) })
	}
	wg.Wait()
	return packed, errors.Join(errs...)
}

func (r *run) packedSize(file string, args []string) (int64, error) {
	in, err := os.Open(file)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	cmd := exec.CommandContext(r.ctx, args[0], args[1:]...)
	var n counter
	var said bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, &n, &said
	if err := cmd.Run(); err != nil {
		return 0, fmt.Errorf("%v: %w: %s", args, err, said.Bytes())
	}
	return int64(n), nil
}

// counter counts the bytes that are written to it.
type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

var _ io.Writer = (*counter)(nil)
