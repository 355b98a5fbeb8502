package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/gatebook/gatebook/bench/corpus"
	"github.com/gatebook/gatebook/record"
)

// load asks one server, over a few connections that stay open. It is bounded
// in number, and each answer in time.
type load struct {
	conns []net.Conn
	reads []*bufio.Reader
	asks  [][]byte
}

const (
	connections = 4
	peerTimeout = 20 * time.Second
)

// newLoad connects to addr. The paths are those of asks.
func newLoad(addr string, asks [][]byte) (*load, error) {
	l := &load{asks: asks}
	for range connections {
		c, err := net.DialTimeout("tcp", addr, peerTimeout)
		if err != nil {
			l.close()
			return nil, err
		}
		l.conns = append(l.conns, c)
		l.reads = append(l.reads, bufio.NewReader(c))
	}
	return l, nil
}

func (l *load) close() {
	for _, c := range l.conns {
		c.Close()
	}
}

// run makes n requests.
func (l *load) run(n int) error {
	errs := make([]error, connections)
	var wg sync.WaitGroup
	for i := range connections {
		wg.Go(func() { errs[i] = l.ask(i, n/connections) })
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (l *load) ask(conn, n int) error {
	c, read := l.conns[conn], l.reads[conn]
	for i := range n {
		if i%100 == 0 {
			if err := c.SetDeadline(time.Now().Add(peerTimeout)); err != nil {
				return err
			}
		}
		if _, err := c.Write(l.asks[(i*connections+conn)%len(l.asks)]); err != nil {
			return err
		}
		res, err := http.ReadResponse(read, nil)
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, res.Body)
		res.Body.Close()
		if err != nil {
			return err
		}
		if res.StatusCode != http.StatusOK {
			return fmt.Errorf("an answer with status %d", res.StatusCode)
		}
	}
	return nil
}

// requestsOf are requests as they go over the wire, from a synthetic log. With
// a path, all ask for that.
func requestsOf(seed uint64, path string) [][]byte {
	var list [][]byte
	log := corpus.New(seed, 4000)
	for r := (record.Request{}); log.Next(&r); {
		target := r.Path
		if r.Query != "" {
			target += "?" + r.Query
		}
		if path != "" {
			target = path
		}
		list = append(list, fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: %s\r\nReferer: %s\r\nAccept: text/html,*/*;q=0.8\r\nAccept-Language: de,en;q=0.7\r\n\r\n",
			target, r.Host, r.UserAgent, r.Referer))
	}
	return list
}
