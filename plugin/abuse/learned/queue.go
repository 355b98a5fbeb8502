package learned

// queue has the entries of a rank in the order in which they were taught last.
type queue struct {
	oldest, newest *entry
	n              int
	// only is how many entries have only one teacher, by teacher.
	only map[uint32]uint16
}

// push adds an entry as the newest.
func (q *queue) push(e *entry) {
	e.older, e.newer = q.newest, nil
	if q.newest != nil {
		q.newest.newer = e
	} else {
		q.oldest = e
	}
	q.newest = e
	q.n++
	if t := e.teacher(); t != 0 {
		q.only[t]++
	}
}

// unlink removes an entry, which has not changed since it was added.
func (q *queue) unlink(e *entry) {
	if e.older != nil {
		e.older.newer = e.newer
	} else {
		q.oldest = e.newer
	}
	if e.newer != nil {
		e.newer.older = e.older
	} else {
		q.newest = e.older
	}
	e.older, e.newer = nil, nil
	q.n--
	if t := e.teacher(); t != 0 {
		if q.only[t]--; q.only[t] == 0 {
			delete(q.only, t)
		}
	}
}

// victim returns the oldest entry but for one: of a teacher, if they alone taught
// more than half of all. It is nil if there is none.
func (q *queue) victim(teacher uint32, except *entry) *entry {
	theirs := teacher != 0 && 2*int(q.only[teacher]) > q.n
	for e := q.oldest; e != nil; e = e.newer {
		if e != except && (!theirs || e.teacher() == teacher) {
			return e
		}
	}
	return nil
}
