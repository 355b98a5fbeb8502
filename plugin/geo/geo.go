// Package geo names the country and the network of an address from files in
// MaxMind's format (.mmdb), whoever made them. Files of the types that
// geoip2-golang supports are read through it, the others by the names of their
// fields.
//
// The files are read into memory of their own, not mapped: a mapped file that
// cp overwrites in place takes the process down (SIGBUS). That memory is not on
// the Go heap, where each byte would cost two until the next collection.
package geo

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"

	"github.com/gatebook/gatebook/plugin/datafile"
)

// DB answers from one or more files. It is safe for concurrent use, also while
// it is reloaded or closed.
type DB struct {
	// readers is what lookups use. A reader that was replaced is freed by the
	// garbage collector when the last lookup has let go of it, never before.
	readers atomic.Pointer[[]*reader]

	mu      sync.Mutex
	sources []*source // in the order given; nil once closed
}

// source is one file as it was last seen. DB.mu guards it.
type source struct {
	path   string
	reader *reader
	seen   os.FileInfo // nil: try again
	err    error       // why what was seen is not in use
}

// Open reads the files. An error names the file and what to do about it.
func Open(paths []string) (*DB, error) {
	db := &DB{sources: make([]*source, 0, len(paths))}
	for _, path := range paths {
		r, info, err := load(path)
		if err != nil {
			return nil, err
		}
		db.sources = append(db.sources, &source{path: path, reader: r, seen: info})
	}
	db.publish()
	return db, nil
}

func (db *DB) publish() {
	readers := make([]*reader, len(db.sources))
	for i, s := range db.sources {
		readers[i] = s.reader
	}
	db.readers.Store(&readers)
}

// Lookup names the country (ISO 3166-1 alpha-2, upper case) and the network of
// addr. Each of the three comes from the first file that knows it; what none
// knows is empty or 0. IPv4 in IPv6 clothes counts as IPv4. A record that
// cannot be read counts as none.
func (db *DB) Lookup(addr netip.Addr) (country string, asn uint32, asOrg string) {
	addr = addr.Unmap().WithZone("")
	if !addr.IsValid() {
		return "", 0, ""
	}
	for _, r := range *db.readers.Load() {
		a := r.lookup(addr)
		if country == "" {
			country = a.country
		}
		if asn == 0 {
			asn = a.asn
		}
		if asOrg == "" {
			asOrg = a.asOrg
		}
		if country != "" && asn != 0 && asOrg != "" {
			break
		}
	}
	return country, asn, asOrg
}

// Reload reads those files again that were replaced or written since, recognized by
// size, time of modification and inode. changed reports whether lookups use
// new data. A file that cannot be used keeps its earlier data, and Reload
// returns an error that names it, each time until the file is good again; it is
// not read again before it changes. The others are reloaded all the same.
func (db *DB) Reload() (changed bool, err error) {
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.sources == nil {
		return false, fmt.Errorf("reloading geoip files: %w", fs.ErrClosed)
	}
	var errs []error
	for _, s := range db.sources {
		changed = s.reload() || changed
		if s.err != nil {
			errs = append(errs, fmt.Errorf("%w; its earlier data stays in use", s.err))
		}
	}
	if changed {
		db.publish()
	}
	return changed, errors.Join(errs...)
}

func (s *source) reload() (changed bool) {
	info, err := os.Stat(s.path)
	if err != nil {
		s.seen, s.err = nil, datafile.Explain(s.path, err)
		return false
	}
	if s.seen != nil && datafile.Same(s.seen, info) {
		return false
	}
	r, info, err := load(s.path)
	s.seen, s.err = info, err
	if err != nil {
		return false
	}
	s.reader = r
	return true
}

// Close lets go of the files: lookups find nothing from now on. It may be
// called more than once; the error is always nil.
func (db *DB) Close() error {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.sources = nil
	db.publish()
	return nil
}
