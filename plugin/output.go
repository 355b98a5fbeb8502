package plugin

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/rs/zerolog"
	"github.com/rs/zerolog/diode"
	"go.uber.org/zap"

	"github.com/gatebook/gatebook/record"
)

// Output says where each record goes as a JSON line. Lines that the receiver
// is too slow for are dropped, counted and logged; they are never waited for.
type Output struct {
	// `stdout`, `stderr`, `file` or `net`.
	To string `json:"to"`

	// The file, opened for appending. Placeholders are supported.
	Path string `json:"path,omitempty"`

	// The address of a listening socket, such as `localhost:5170`,
	// `udp/localhost:514` or `unix//run/collector.sock`.
	Address string `json:"address,omitempty"`

	lines  zerolog.Logger
	writer io.Closer
}

// What may wait for a slow receiver: so many lines, and so many bytes.
const (
	outputLines = 10_000
	outputBytes = 16 << 20
)

// outputPoll is how often lines are looked for. Told not to poll, the diode
// waits to be woken, and can miss that: the last line then waits for another.
const outputPoll = 50 * time.Millisecond

var outputs = []string{"stdout", "stderr", "file", "net"}

func (o *Output) provision(repl *caddy.Replacer) error {
	if o == nil {
		return nil
	}
	o.Path, o.Address = repl.ReplaceKnown(o.Path, ""), repl.ReplaceKnown(o.Address, "")
	return o.validate()
}

func (o *Output) validate() error {
	if !slices.Contains(outputs, o.To) {
		return fmt.Errorf("%q must be stdout, stderr, file <path> or net <address>", o.To)
	}
	if o.To == "file" && o.Path == "" {
		return errors.New("file needs a path")
	}
	if o.To == "net" {
		addr, err := caddy.ParseNetworkAddress(o.Address)
		if err != nil || !addr.IsUnixNetwork() && (addr.StartPort == 0 || addr.PortRangeSize() != 1) {
			return fmt.Errorf("net needs one address with one port, such as localhost:5170, not %q", o.Address)
		}
	}
	return nil
}

func (o *Output) open(log *zap.Logger) error {
	if o == nil {
		return nil
	}
	w, err := o.dial()
	if err != nil {
		return err
	}
	q := &outputQueue{log: log}
	ring := diode.NewWriter(&patientWriter{Writer: w, log: log, queue: q}, outputLines, outputPoll, func(missed int) {
		// How long the lines were that were overwritten, nobody knows.
		q.bytes.Store(0)
		q.dropped.Add(int64(missed))
	})
	q.ring = ring
	o.lines, o.writer = zerolog.New(q), ring
	return nil
}

// outputQueue bounds the bytes in the ring, which bounds lines alone.
type outputQueue struct {
	ring           io.Writer
	log            *zap.Logger
	bytes, dropped atomic.Int64
}

// Write takes a line, or drops it. It waits for nobody.
func (q *outputQueue) Write(line []byte) (int, error) {
	if q.bytes.Load() > outputBytes {
		q.dropped.Add(1)
		return len(line), nil
	}
	if n := q.dropped.Swap(0); n > 0 {
		q.log.Warn("output is too slow; lines were dropped", zap.Int64("lines", n))
	}
	q.bytes.Add(int64(len(line)))
	return q.ring.Write(line)
}

func (o *Output) dial() (io.Writer, error) {
	switch o.To {
	case "stdout":
		return keepOpen{os.Stdout}, nil
	case "stderr":
		return keepOpen{os.Stderr}, nil
	case "file":
		if info, err := os.Stat(o.Path); err == nil && info.Mode()&os.ModeNamedPipe != 0 {
			// Opening one waits until somebody reads it.
			return nil, fmt.Errorf("%s is a named pipe; give a file, or net unix/<path> for a socket", o.Path)
		}
		f, err := os.OpenFile(o.Path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
		if err != nil {
			return nil, fmt.Errorf("opening the file: %w", err)
		}
		return f, nil
	default:
		addr, err := caddy.ParseNetworkAddress(o.Address)
		if err != nil {
			return nil, err
		}
		return &socket{network: addr.Network, address: addr.JoinHostPort(0)}, nil
	}
}

// close writes what waits and closes the output. It gives up on a receiver that
// takes nothing: reloads, and the process's end, wait for it.
func (o *Output) close() error {
	if o == nil || o.writer == nil {
		return nil
	}
	closed := make(chan error, 1)
	go func() { closed <- o.writer.Close() }()
	select {
	case err := <-closed:
		return err
	case <-time.After(closingPatience):
		return fmt.Errorf("output to %s: its receiver is stuck; the lines that wait for it may be lost", o.To)
	}
}

func (o *Output) request(r *record.Request) {
	if o != nil {
		o.lines.Log().Str("log", "server").Interface("request", r).Send()
	}
}

func (o *Output) event(instance string, e *record.Event) {
	if o != nil {
		o.lines.Log().Str("log", "application").Str("instance", instance).Interface("event", e).Send()
	}
}

// keepOpen shields the process's own streams from being closed.
type keepOpen struct{ io.Writer }

// patientWriter reports the first of a run of failures.
type patientWriter struct {
	io.Writer
	log    *zap.Logger
	queue  *outputQueue
	failed bool
}

func (p *patientWriter) Write(line []byte) (int, error) {
	_, err := p.Writer.Write(line)
	p.queue.bytes.Add(-int64(len(line)))
	if err != nil && !p.failed {
		p.log.Error("output cannot be written; lines are lost until it can", zap.Error(err))
	}
	p.failed = err != nil
	// The diode would print the error to standard error for every line.
	return len(line), nil
}

// Close closes what can be closed.
func (p *patientWriter) Close() error {
	if c, ok := p.Writer.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// socket connects when there is something to write, and again after a
// failure, but not more often than once a second.
type socket struct {
	network, address string
	conn             net.Conn
	tried            time.Time
}

const socketTimeout = 5 * time.Second

var errNotConnected = errors.New("not connected")

func (s *socket) Write(line []byte) (int, error) {
	if s.conn == nil {
		if time.Since(s.tried) < time.Second {
			return 0, errNotConnected
		}
		s.tried = time.Now()
		conn, err := net.DialTimeout(s.network, s.address, socketTimeout)
		if err != nil {
			return 0, err
		}
		s.conn = conn
	}
	if err := s.conn.SetWriteDeadline(time.Now().Add(socketTimeout)); err != nil {
		return 0, err
	}
	n, err := s.conn.Write(line)
	if err != nil {
		s.conn.Close()
		s.conn = nil
	}
	return n, err
}

// Close closes the connection, if there is one.
func (s *socket) Close() error {
	if s.conn == nil {
		return nil
	}
	return s.conn.Close()
}
