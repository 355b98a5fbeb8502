package block

import (
	"slices"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
	"github.com/gatebook/gatebook/record/spelling"
)

// searched are the columns that Contains looks into.
var searched = [...]column{path, queryString, agent, referer, user}

// containing keeps the rows from start on that contain the text of q, or that
// failed if that is what q wants: both ask several columns, of which one is
// enough.
func (r *Reader) containing(rows []int32, start int, q *query.Requests) ([]int32, error) {
	var any []filter
	if q.Contains != "" {
		for _, c := range searched {
			d, err := r.dictionary(c)
			if err != nil {
				return rows, err
			}
			any = append(any, filter{c, d.containing(nil, q.Contains, c == agent)})
		}
		var err error
		if rows, err = r.anyOf(rows, start, any); err != nil {
			return rows, err
		}
	}
	if q.Failed {
		return r.failed(rows, start)
	}
	return rows, nil
}

// failed leaves the rows from start on that failed.
func (r *Reader) failed(rows []int32, start int) ([]int32, error) {
	statuses, err := r.dictionary(status)
	if err != nil {
		return rows, err
	}
	failures, err := r.dictionary(failure)
	if err != nil {
		return rows, err
	}
	any := []filter{{status, make([]bool, statuses.Len())}, {failure, make([]bool, failures.Len())}}
	for i := range any[0].fits {
		s, err := statusOnly(statuses.Text(i))
		any[0].fits[i] = err == nil && s.Failed()
	}
	for i := range any[1].fits {
		failure := record.Request{Error: &record.Failure{Source: text(failureSource(failures.Text(i)))}}
		any[1].fits[i] = failure.Failed()
	}
	return r.anyOf(rows, start, any)
}

// anyOf leaves the rows from start on that fit one of the filters.
func (r *Reader) anyOf(rows []int32, start int, any []filter) ([]int32, error) {
	any = slices.DeleteFunc(any, func(f filter) bool { return !slices.Contains(f.fits, true) })
	if len(any) == 0 {
		return rows[:start], nil
	}
	index := make([][]uint16, len(any))
	for i, f := range any {
		var err error
		if index[i], err = r.indexes(f.column); err != nil {
			return rows, err
		}
	}
	first, index0 := any[0].fits, index[0]
	any, index = any[1:], index[1:]
	kept := rows[:start]
	for _, row := range rows[start:] {
		fits := first[index0[row]]
		for i := 0; !fits && i < len(any); i++ {
			fits = any[i].fits[index[i][row]]
		}
		if fits {
			kept = append(kept, row)
		}
	}
	return kept, nil
}

// containing reports for each entry whether it contains needle, without regard to
// case. Of tuples only the user agent, which is last, is looked at.
func (d *Dictionary) containing(fits []bool, needle string, tuples bool) []bool {
	fits = grown(fits, d.Len())
	clear(fits)
	find := query.NewFinder(needle)
	if !find.ASCII() {
		for i := range fits {
			fits[i] = find.In(text(d.searchable(i, tuples)))
		}
		return fits
	}
	// All texts at once: a call for each would cost more than the search.
	i := 0
	for at := range find.All(text(d.text)) {
		i = d.entryAt(i, at)
		if i == len(fits) {
			break // what ends the last entry is no part of it
		}
		if fits[i] {
			continue
		}
		start, part := d.start(i), d.searchable(i, tuples)
		end := start + len(d.Text(i))
		fits[i] = at >= end-len(part) && at+find.Len() <= end
	}
	if find.Escapable() && spelling.Escaped(text(d.text)) {
		for i := range fits {
			if part := text(d.searchable(i, tuples)); !fits[i] && spelling.Escaped(part) {
				fits[i] = find.In(part)
			}
		}
	}
	return fits
}

// searchable is the part of entry i that is looked at.
func (d *Dictionary) searchable(i int, tuples bool) []byte {
	e := d.Text(i)
	if tuples {
		_, _, e, _ = cutAgent(e)
	}
	return e
}

// entryAt is the entry that byte at belongs to, which is not before entry from.
func (d *Dictionary) entryAt(from, at int) int {
	if d.width > 0 {
		return at / d.width
	}
	n, _ := slices.BinarySearch(d.ends[from:], uint32(at)+1)
	return from + n
}
