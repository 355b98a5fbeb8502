package output

import (
	"errors"
	"net"
	"time"
)

// socketTimeout bounds connecting and each write.
const socketTimeout = 5 * time.Second

// socket connects on the first write and again after an error, at most once a
// second.
type socket struct {
	network, address string
	conn             net.Conn
	tried            time.Time
}

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

// Close closes the connection if there is one.
func (s *socket) Close() error {
	if s.conn == nil {
		return nil
	}
	return s.conn.Close()
}
