package intent

import (
	"bytes"
	"strings"
)

// entry is a line of a list.
type entry struct {
	kind Kind
	what string
	// weak lines are also asked for in ordinary use.
	weak bool
	// reads lines count for GET and HEAD only.
	reads bool
	// many lines stand for several names: the path tells them apart.
	many bool
}

// node is a place in the tree: what its names are, by segment.
type node struct {
	children map[string]*node
	// versions are children whose names may be followed by a version.
	versions []versioned
	// here are the entries that end here, below those for everything that is below.
	here, below []entry
}

type versioned struct {
	name string
	node *node
}

// ending is a file name whose beginning or end is given.
type ending struct {
	prefix, suffix string
	entry          entry
}

// endings are endings by the first byte of the prefix, or the last one of the suffix.
type endings struct{ first, last [256][]ending }

func (e *endings) add(one ending) {
	if one.prefix != "" {
		e.first[one.prefix[0]] = append(e.first[one.prefix[0]], one)
		return
	}
	c := one.suffix[len(one.suffix)-1]
	e.last[c] = append(e.last[c], one)
}

// tree has the lists. A line is a path of whole segments, in lower case:
//
//	/name       at the root
//	./name      at the root or in a well-known folder directly below it
//	name        the last segments, anywhere
//	…/          and everything below
//	…<n>        followed by a version, or by nothing
//	*end, name* a last segment with this end or beginning, with / or ./ only
//	?line       weak: never blocks alone
type tree struct {
	root, folder *node // folder is for what may lie in a well-known folder
	anywhere     map[string][]suffix
	lastBytes    [256]bool // with which names in anywhere end
	endings      endings   // at the root
	inFolder     endings   // also in a well-known folder
	folders      map[string]bool
}

// suffix is an entry for the last segments of a path; above are those before the last.
type suffix struct {
	above []string
	entry entry
}

func newTree(folders []string) *tree {
	t := &tree{root: &node{}, folder: &node{}, anywhere: map[string][]suffix{}, folders: map[string]bool{}}
	for _, name := range folders {
		t.folders[name] = true
	}
	return t
}

// insert adds a line of a list.
func (t *tree) insert(kind Kind, line string) {
	e := entry{kind: kind, what: line, reads: kind == Secret}
	e.many = kind == Secret && (strings.HasSuffix(line, "/") || strings.Contains(line, "*"))
	if rest, ok := strings.CutPrefix(line, "?"); ok {
		e.weak, line, e.what = true, rest, rest
	}
	roots := []*node{t.root}
	switch {
	case strings.HasPrefix(line, "./"):
		roots = append(roots, t.folder)
	case !strings.HasPrefix(line, "/"):
		names := strings.Split(line, "/")
		last := names[len(names)-1]
		t.anywhere[last] = append(t.anywhere[last], suffix{names[:len(names)-1], e})
		t.lastBytes[last[len(last)-1]] = true
		return
	}
	path := line[strings.IndexByte(line, '/')+1:]
	if before, after, ok := strings.Cut(path, "*"); ok {
		t.endings.add(ending{before, after, e})
		if len(roots) > 1 {
			t.inFolder.add(ending{before, after, e})
		}
		return
	}
	path, below := strings.CutSuffix(path, "/")
	for _, n := range roots {
		for name := range strings.SplitSeq(path, "/") {
			n = n.child(name)
		}
		n.here = append(n.here, e)
		if below {
			n.below = append(n.below, e)
		}
	}
}

// child returns the child with a name of a list, which it makes.
func (n *node) child(name string) *node {
	if bare, ok := strings.CutSuffix(name, "<n>"); ok {
		for _, v := range n.versions {
			if v.name == bare {
				return v.node
			}
		}
		c := &node{}
		n.versions = append(n.versions, versioned{bare, c})
		return c
	}
	if n.children == nil {
		n.children = map[string]*node{}
	}
	c := n.children[name]
	if c == nil {
		c = &node{}
		n.children[name] = c
	}
	return c
}

// find returns the child for a segment, nil for none.
func (n *node) find(segment []byte) *node {
	if c := n.children[string(segment)]; c != nil {
		return c
	}
	for i := range n.versions {
		v := &n.versions[i]
		if len(segment) >= len(v.name) && string(segment[:len(v.name)]) == v.name && isVersion(segment[len(v.name):]) {
			return v.node
		}
	}
	return nil
}

// isVersion reports whether what follows a product's name is a version.
func isVersion(text []byte) bool {
	for _, word := range []string{"-all-languages", "-english", "-old", "_old", "old", "-bak", "-new"} {
		if bytes.HasSuffix(text, []byte(word)) {
			text = text[:len(text)-len(word)]
			break
		}
	}
	for _, c := range text {
		if (c < '0' || c > '9') && c != '.' && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

func (s *suffix) fits(segments [][]byte) bool {
	if len(segments) <= len(s.above) {
		return false
	}
	at := len(segments) - 1 - len(s.above)
	for i, name := range s.above {
		if string(segments[at+i]) != name {
			return false
		}
	}
	return true
}
