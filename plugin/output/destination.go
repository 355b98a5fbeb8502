package output

import (
	"fmt"
	"io"
	"os"
)

// Destination is where the lines go.
type Destination struct {
	// To is `stdout`, `stderr`, `file` or `net`.
	To string
	// Path is the file, which is opened for appending.
	Path string
	// Network and Address are the arguments of [net.Dial].
	Network, Address string
}

func (d Destination) open() (io.Writer, error) {
	switch d.To {
	case "stdout":
		return unclosed{os.Stdout}, nil
	case "stderr":
		return unclosed{os.Stderr}, nil
	case "file":
		return openFile(d.Path)
	case "net":
		return &socket{network: d.Network, address: d.Address}, nil
	default:
		return nil, fmt.Errorf("%q is no output", d.To)
	}
}

func openFile(path string) (io.Writer, error) {
	if info, err := os.Stat(path); err == nil && info.Mode()&os.ModeNamedPipe != 0 {
		// Opening a named pipe blocks until another process reads it.
		return nil, fmt.Errorf("%s is a named pipe; give a file, or net unix/<path> for a socket", path)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the file: %w", err)
	}
	return f, nil
}

// unclosed hides the Close method of the process's own streams.
type unclosed struct{ io.Writer }
