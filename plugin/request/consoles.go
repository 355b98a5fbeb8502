package request

import (
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/gatebook/gatebook/plugin/caddyhooks"
)

// Consoles is where the consoles of a server are reached. The addresses of their
// pages have the persons that admins search for: also in requests that never come to a
// console, because a password is wrong, and in those of pages that link from there. A
// nil Consoles has none.
type Consoles struct {
	mu   sync.Mutex
	list atomic.Pointer[[]caddyhooks.Mount]
}

// Add adds a console.
func (c *Consoles) Add(m caddyhooks.Mount) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var list []caddyhooks.Mount
	if old := c.list.Load(); old != nil {
		list = slices.Clone(*old)
	}
	list = append(list, m)
	c.list.Store(&list)
}

// at reports whether an address, with its path as it was sent, may be of a console.
func (c *Consoles) at(host, path string) bool {
	if c == nil {
		return false
	}
	list := c.list.Load()
	if list == nil {
		return false
	}
	if strings.IndexByte(path, '%') >= 0 {
		if plain, err := url.PathUnescape(path); err == nil {
			path = plain
		}
	}
	return slices.ContainsFunc(*list, func(m caddyhooks.Mount) bool { return m.Has(host, path) })
}

// links reports whether an address, absolute or of a host, may be of a console.
func (c *Consoles) links(address, host string) bool {
	path, _, _ := strings.Cut(address, "?")
	if _, rest, ok := strings.Cut(path, "://"); ok {
		host, path = rest, "/"
		if i := strings.IndexByte(rest, '/'); i >= 0 {
			host, path = rest[:i], rest[i:]
		}
	}
	return c.at(host, path)
}

// redactReferer redacts a referer that may be a page of a console.
func (c *Consoles) redactReferer(referer, host string) string {
	if strings.IndexByte(referer, '?') < 0 || !c.links(referer, host) {
		return referer
	}
	return redactQuery(referer)
}

// redactLinks removes the query from each value that links to a page of a console, as
// the parameter has that tells a login page where to go on.
func (c *Consoles) redactLinks(query, host string) string {
	if c == nil || !strings.Contains(query, "=") || !strings.Contains(query, "?") && !strings.Contains(strings.ToLower(query), "%3f") {
		return query
	}
	parts := strings.Split(query, "&")
	for i, part := range parts {
		name, value, _ := strings.Cut(part, "=")
		plain, err := url.QueryUnescape(value)
		page, _, searched := strings.Cut(plain, "?")
		if err == nil && searched && c.links(page, host) {
			parts[i] = name + "=" + url.QueryEscape(page)
		}
	}
	return strings.Join(parts, "&")
}
