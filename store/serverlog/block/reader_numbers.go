package block

import "slices"

// numbersOf reads a column of numbers.
func (r *Reader) numbersOf(c column) ([]int64, error) {
	n := int(c - dictionaries)
	if r.done.number[n] {
		return r.number[n], nil
	}
	if err := r.openBody(); err != nil {
		return nil, err
	}
	if !r.bodies[planesOf+8*n].there {
		r.number[n], r.zeros.number[n] = zerosOf(r.number[n], r.Rows(), r.zeros.number[n])
		r.done.number[n] = true
		return r.number[n], nil
	}
	r.number[n], r.zeros.number[n] = grown(r.number[n], r.Rows()), 0
	context, entries, err := r.context(c)
	if err == nil {
		err = r.readNumbers(planesOf+8*n, context == nil)
	}
	if err != nil {
		return nil, err
	}
	r.last64, r.seen = zeroed(r.last64, entries), zeroed(r.seen, entries)
	err = unpredicted(r.number[n], r.codes, context, r.last64, r.seen)
	r.done.number[n] = err == nil
	return r.number[n], err
}

// readNumbers reads the sections from the given one on into codes.
func (r *Reader) readNumbers(from int, split bool) error {
	r.codes = zeroed(r.codes, r.Rows())
	for plane := 0; plane < 8 && (plane == 0 || r.bodies[from+plane].there); plane++ {
		content, err := r.bodies[from+plane].read(&r.content, r.dec)
		if err != nil {
			return err
		}
		if !split || r.Rows() < planesFrom {
			return readVarints(r.codes, content)
		}
		if err := addPlane(r.codes, content, plane); err != nil {
			return err
		}
	}
	return nil
}

// times reads the times, in microseconds since 1970.
func (r *Reader) times() ([]int64, error) {
	if r.done.micros {
		return r.micros, nil
	}
	if err := r.openBody(); err != nil {
		return nil, err
	}
	if err := r.readNumbers(timePlanes, true); err != nil {
		return nil, err
	}
	unit := int64(1)
	switch {
	case r.flags&flagSeconds != 0:
		unit = 1_000_000
	case r.flags&flagMillis != 0:
		unit = 1000
	}
	r.micros = grown(r.micros, r.Rows())
	at := r.Oldest / unit
	for i, code := range r.codes {
		at += unzigzag(code)
		r.micros[i] = at * unit
	}
	if !r.spanned() {
		return nil, errForm
	}
	r.done.micros = true
	return r.micros, nil
}

// spanned reports whether the times are from the oldest to the newest.
func (r *Reader) spanned() bool {
	if r.Sorted {
		return r.micros[0] == r.Oldest && r.micros[len(r.micros)-1] == r.Newest
	}
	return slices.Min(r.micros) == r.Oldest && slices.Max(r.micros) == r.Newest
}

// Times are the requests' times, in microseconds since 1970.
func (r *Reader) Times() ([]int64, error) { return r.times() }

// zerosOf returns n zeros, in s if it is large enough, and how many it then begins
// with; known is how many it did.
func zerosOf[T any](s []T, n, known int) ([]T, int) {
	switch {
	case cap(s) < n:
		return make([]T, n, n+n/4), n
	case n > known:
		s = s[:n]
		clear(s[known:])
		return s, n
	}
	return s[:n], known
}
