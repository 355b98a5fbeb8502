package recorder

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"syscall"
)

// Hijack hands over the connection, on which everything is counted from here
// on. Where the server cannot, as on HTTP/2, the error is
// [http.ErrNotSupported].
func (rec *Recorder) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	inner, brw, err := http.NewResponseController(rec.w).Hijack()
	if err != nil {
		return nil, nil, err
	}
	rec.hijacked = true
	conn := rec.counted(inner)

	// The server leaves nothing in the writer, but a wrapper of it might.
	rec.out.Add(int64(brw.Writer.Buffered()))
	if err := brw.Writer.Flush(); err != nil {
		inner.Close()
		return nil, nil, fmt.Errorf("flushing the hijacked connection: %w", err)
	}
	brw.Writer.Reset(conn)
	rec.resetReader(brw.Reader, conn)
	return conn, brw, nil
}

// resetReader lets r go on with conn after what the client sent early.
func (rec *Recorder) resetReader(r *bufio.Reader, conn net.Conn) {
	n := r.Buffered()
	if n == 0 {
		r.Reset(conn)
		return
	}
	rec.in.Add(int64(n))
	early, _ := r.Peek(n)
	r.Reset(io.MultiReader(bytes.NewReader(bytes.Clone(early)), conn))
	// Buffer it again: Caddy's proxy reads as many bytes as Buffered reports and
	// reads on from the connection (caddy #6273).
	_, _ = r.Peek(n)
}

// counted wraps inner. The result has CloseWrite only where inner has: who
// finds it relies on it to pass a half-close on (caddy #8026).
func (rec *Recorder) counted(inner net.Conn) net.Conn {
	c := &countedConn{inner, rec}
	if _, ok := inner.(writeCloser); ok {
		return &halfClosable{c}
	}
	return c
}

type writeCloser interface{ CloseWrite() error }

type countedConn struct {
	net.Conn
	rec *Recorder
}

func (c *countedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.rec.in.Add(int64(n))
	return n, err
}

func (c *countedConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.rec.out.Add(int64(n))
	return n, err
}

// copyPiece is how much the kernel may copy between two looks at the count.
const copyPiece = 1 << 20

// ReadFrom counts what is written as it goes, and in chunks where the kernel
// can splice from src: net takes the [io.LimitedReader] apart again.
func (c *countedConn) ReadFrom(src io.Reader) (int64, error) {
	if _, ok := src.(syscall.Conn); !ok {
		return io.Copy(onlyWriter{c}, src)
	}
	return copyPieces(c.Conn, src, &c.rec.out)
}

// WriteTo counts what is read, as ReadFrom does what is written.
func (c *countedConn) WriteTo(dst io.Writer) (int64, error) {
	if _, ok := dst.(syscall.Conn); !ok {
		return io.Copy(dst, onlyReader{c})
	}
	return copyPieces(dst, c.Conn, &c.rec.in)
}

func copyPieces(dst io.Writer, src io.Reader, count *atomic.Int64) (total int64, err error) {
	for {
		n, err := io.Copy(dst, io.LimitReader(src, copyPiece))
		count.Add(n)
		total += n
		if n < copyPiece || err != nil {
			return total, err
		}
	}
}

// What hides everything but Write, or Read, so that io.Copy uses nothing else.
type (
	onlyWriter struct{ io.Writer }
	onlyReader struct{ io.Reader }
)

type halfClosable struct{ *countedConn }

func (c *halfClosable) CloseWrite() error { return c.Conn.(writeCloser).CloseWrite() }

// Interface guards
var (
	_ io.ReaderFrom = (*countedConn)(nil)
	_ io.WriterTo   = (*countedConn)(nil)
	_ io.ReaderFrom = (*halfClosable)(nil)
	_ io.WriterTo   = (*halfClosable)(nil)
	_ writeCloser   = (*halfClosable)(nil)
)
