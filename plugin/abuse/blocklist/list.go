// Package blocklist looks addresses up in lists of prefixes that others publish,
// such as Spamhaus DROP and FireHOL's netsets, and reads the files again when
// they change.
//
// No private, loopback, link-local or otherwise reserved address is ever listed:
// lists of bogons contain all of them, and are meant for the borders of networks.
// Prefixes of reserved addresses are left out when a list is read, and those
// that are in a wider prefix are left out when an address is looked up.
package blocklist

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/gaissmai/bart"

	"github.com/gatebook/gatebook/record"
)

// List is the prefixes of one or more files. It is safe for concurrent use, also
// while it is reloaded.
type List struct {
	paths []string
	// tables are what lookups use, one for each path. They are never changed but
	// replaced.
	tables atomic.Pointer[[]*bart.Lite]

	mu    sync.Mutex // held while files are read
	files []*file
}

// Open reads the files. An error names the file, the line, the value in it and
// what to do about it.
func Open(paths []string) (*List, error) {
	l := &List{paths: slices.Clone(paths)}
	for _, path := range paths {
		table, info, err := load(path, l.room(nil))
		if err != nil {
			return nil, err
		}
		l.files = append(l.files, &file{path: path, table: table, seen: info})
	}
	l.publish()
	return l, nil
}

// room returns how many prefixes a file may have beside those of the others.
func (l *List) room(but *file) int {
	n := maxPrefixes
	for _, f := range l.files {
		if f != but {
			n -= f.table.Size()
		}
	}
	return n
}

func (l *List) publish() {
	tables := make([]*bart.Lite, len(l.files))
	for i, f := range l.files {
		tables[i] = f.table
	}
	l.tables.Store(&tables)
}

// Has returns the first file that an address is listed in, and the longest prefix
// of that file around the address. It takes no lock and does not allocate.
func (l *List) Has(addr netip.Addr) (path string, prefix netip.Prefix, ok bool) {
	addr = record.CountedAddr(addr)
	for i, table := range *l.tables.Load() {
		if !table.Contains(addr) {
			continue
		}
		if reserved(addr) {
			break
		}
		prefix, _ = table.LookupPrefixLPM(netip.PrefixFrom(addr, addr.BitLen()))
		return l.paths[i], prefix, true
	}
	return "", netip.Prefix{}, false
}

// Paths returns the paths of the files.
func (l *List) Paths() []string { return slices.Clone(l.paths) }

// Len returns the number of prefixes, counted once for each file they are in.
func (l *List) Len() int {
	n := 0
	for _, table := range *l.tables.Load() {
		n += table.Size()
	}
	return n
}

// Reload reads those files again that were replaced or written since, told by
// size, time of modification and inode. changed reports whether lookups use new
// prefixes. A file that cannot be used keeps its earlier prefixes, and Reload
// returns an error that names it, each time until the file is good again; it is
// not read again before it changes. The others are reloaded all the same.
//
// Reading a million prefixes takes seconds: never call it in a request.
func (l *List) Reload() (changed bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var errs []error
	for _, f := range l.files {
		changed = f.reload(l.room(f)) || changed
		if f.err != nil {
			errs = append(errs, fmt.Errorf("%w; its earlier %d prefixes stay in use", f.err, f.table.Size()))
		}
	}
	if changed {
		l.publish()
	}
	return changed, errors.Join(errs...)
}
