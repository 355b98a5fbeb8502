package importer

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/gatebook/gatebook/plugin/cli/logfile"
	"github.com/gatebook/gatebook/record/display"
)

// failures are the files that could not be imported.
type failures struct {
	names []string
	// first is the error of the first; unreadable says that no line of any could be
	// read.
	first      error
	unreadable bool
}

// add notes a file, and prints why if there are others, whose results follow.
func (f *failures) add(out io.Writer, files int, path string, err error) {
	nothing := errors.Is(err, errNothingReadable)
	if len(f.names) == 0 {
		f.first, f.unreadable = err, true
	}
	f.names = append(f.names, display.Visible(path))
	f.unreadable = f.unreadable && nothing
	if nothing {
		err = logfile.Unread(f.names[len(f.names)-1])
	}
	if files > 1 {
		fmt.Fprintln(out, err)
	}
}

// err returns the error of the command.
func (f *failures) err(files int) error {
	switch {
	case len(f.names) == 0:
		return nil
	case f.unreadable:
		return logfile.Unread(strings.Join(f.names, ", "))
	case files == 1:
		return f.first
	}
	return fmt.Errorf("%d of %d files could not be imported: %s", len(f.names), files, strings.Join(f.names, ", "))
}
