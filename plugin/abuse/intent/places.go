package intent

// findPlaces reports what the path is known for.
func (f *finder) findPlaces() {
	p := &f.path
	p.resolve(f.values[0].text)
	if p.depth == 0 {
		return
	}
	f.placesAt = len(f.found)
	f.placesAmong(p.depth)
	if p.script > 0 && p.script < p.depth {
		p.last = p.segments[p.script-1]
		f.placesAmong(p.script)
	}
}

// placesAmong looks up the first segments of the path.
func (f *finder) placesAmong(depth int) {
	p, t := &f.path, f.tree
	f.walk(t.root, p.segments[:depth])
	folder := depth > 1 && t.folders[string(p.segments[0])]
	if folder {
		f.walk(t.folder, p.segments[1:depth])
	}
	switch {
	case depth == 1:
		f.ends(&t.endings, p.last)
	case depth == 2 && folder:
		f.ends(&t.inFolder, p.last)
	}
	if !t.lastBytes[p.last[len(p.last)-1]] {
		return
	}
	for _, s := range t.anywhere[string(p.last)] {
		if s.fits(p.segments[:depth]) {
			f.place(&s.entry)
		}
	}
}

func (f *finder) walk(n *node, segments [][]byte) {
	for i, segment := range segments {
		if n = n.find(segment); n == nil {
			return
		}
		if i < len(segments)-1 {
			f.entries(n.below)
		}
	}
	f.entries(n.here)
}

func (f *finder) ends(e *endings, name []byte) {
	f.endsIn(e.first[name[0]], name)
	f.endsIn(e.last[name[len(name)-1]], name)
}

func (f *finder) endsIn(endings []ending, name []byte) {
	for i := range endings {
		e := &endings[i]
		if len(name) > len(e.prefix)+len(e.suffix) && string(name[:len(e.prefix)]) == e.prefix && string(name[len(name)-len(e.suffix):]) == e.suffix {
			f.place(&e.entry)
		}
	}
}

func (f *finder) entries(entries []entry) {
	for i := range entries {
		f.place(&entries[i])
	}
}

// place reports an entry, unless the path has already a name of its kind.
func (f *finder) place(e *entry) {
	if e.reads && f.target.Method != "GET" && f.target.Method != "HEAD" {
		return
	}
	m := Match{Kind: e.kind, What: e.what, Weak: e.weak, Root: e.kind == Secret && !e.weak}
	if e.many {
		m.What = clip(f.target.Path, maxName)
	}
	for i := f.placesAt; i < len(f.found); i++ {
		if had := &f.found[i]; had.Kind == m.Kind {
			if had.Weak && !m.Weak {
				*had = m
			}
			return
		}
	}
	f.report(m)
}
