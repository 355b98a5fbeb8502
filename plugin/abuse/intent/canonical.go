package intent

import "bytes"

// maxDepth is the number of segments of a canonical path; deeper ones are ignored,
// except for the last.
const maxDepth = 16

// canonical is a path as a server resolves it: without empty and dot segments, without
// what follows a semicolon, a NUL or an escaped question mark or number sign, and
// without blanks around a segment and dots at its end.
type canonical struct {
	segments [maxDepth][]byte
	depth    int
	last     []byte
	// left is set if dot segments lead out of the root.
	left bool
	// script is the depth of the first segment that is a script, counted from 1; what
	// follows it is handed to the script. 0 means none.
	script int
}

// resolve resolves a decoded path. The segments are parts of it.
func (c *canonical) resolve(path []byte) {
	c.depth, c.last, c.left, c.script = 0, nil, false, 0
	if i := bytes.IndexByte(path, 0); i >= 0 {
		path = path[:i]
	}
	for start := 0; start <= len(path); {
		end := start
		for end < len(path) && path[end] != '/' && path[end] != '\\' && path[end] != '?' {
			end++
		}
		c.push(path[start:end])
		if end < len(path) && path[end] == '?' {
			return
		}
		start = end + 1
	}
}

func (c *canonical) push(segment []byte) {
	if i := bytes.IndexByte(segment, ';'); i >= 0 {
		segment = segment[:i]
	}
	if i := bytes.Index(segment, []byte("::$")); i >= 0 { // an alternate stream
		segment = segment[:i]
	}
	if i := bytes.IndexByte(segment, '#'); i > 0 {
		segment = segment[:i]
	}
	segment = trimLeft(segment)
	switch {
	case len(segment) == 0 || len(segment) == 1 && segment[0] == '.':
		return
	case len(segment) == 2 && segment[0] == '.' && segment[1] == '.':
		if c.depth == 0 {
			c.left = true
			return
		}
		c.depth--
		if c.script > c.depth {
			c.script = 0
		}
		if c.last = nil; c.depth > 0 {
			c.last = c.segments[c.depth-1]
		}
		return
	}
	for len(segment) > 1 && (segment[len(segment)-1] == '.' || segment[len(segment)-1] == ' ' || segment[len(segment)-1] == '\n') {
		segment = segment[:len(segment)-1]
	}
	c.last = segment
	if c.depth == maxDepth {
		return
	}
	c.segments[c.depth] = segment
	c.depth++
	if c.script == 0 && isScript(segment) {
		c.script = c.depth
	}
}

// isScript reports whether a segment is a script that takes what follows as an argument.
func isScript(segment []byte) bool {
	i := bytes.LastIndexByte(segment, '.')
	if i <= 0 {
		return false
	}
	switch string(segment[i:]) {
	case ".php", ".cgi", ".asp", ".aspx", ".jsp", ".pl":
		return true
	}
	return false
}
