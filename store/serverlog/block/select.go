package block

import (
	"slices"

	"github.com/gatebook/gatebook/record/query"
)

// Select appends to rows those that q asks for, in their order; it looks at
// every filter, and at neither Limit nor Cursor. Filters are answered by the
// dictionaries first: where no entry fits, the body is not looked at.
func (r *Reader) Select(rows []int32, q *query.Requests) ([]int32, error) {
	filters, possible, err := r.filters(q)
	if err != nil || !possible {
		return rows, err
	}
	start := len(rows)
	if len(filters) > 0 && r.allInTime(q) {
		rows, err = r.fitting(rows, filters[0])
		filters = filters[1:]
	} else {
		rows, err = r.inTime(rows, q)
	}
	if err != nil {
		return rows, err
	}
	for _, f := range filters {
		index, err := r.indexes(f.column)
		if err != nil {
			return rows, err
		}
		rows = append(rows[:start], slices.DeleteFunc(rows[start:], func(row int32) bool { return !f.fits[index[row]] })...)
	}
	return r.containing(rows, start, q)
}

// allInTime reports whether all requests are in q's time, as far as the head
// tells.
func (r *Reader) allInTime(q *query.Requests) bool {
	return (q.From.IsZero() || q.From.UnixMicro() <= r.Oldest && q.From.Nanosecond()%1000 == 0) &&
		(q.To.IsZero() || r.Newest < q.To.UnixMicro())
}

// fitting appends all rows that fit a filter.
func (r *Reader) fitting(rows []int32, f filter) ([]int32, error) {
	index, err := r.indexes(f.column)
	if err != nil {
		return rows, err
	}
	for row, i := range index {
		if f.fits[i] {
			rows = append(rows, int32(row))
		}
	}
	return rows, nil
}

// inTime appends all rows in q's time.
func (r *Reader) inTime(rows []int32, q *query.Requests) ([]int32, error) {
	if r.allInTime(q) {
		for row := range r.Rows() {
			rows = append(rows, int32(row))
		}
		return rows, nil
	}
	micros, err := r.times()
	if err != nil {
		return rows, err
	}
	from, to := bounds(q)
	for row, t := range micros {
		if t >= from && t < to {
			rows = append(rows, int32(row))
		}
	}
	return rows, nil
}

// bounds are q's times in whole microseconds, which is what requests have.
func bounds(q *query.Requests) (from, to int64) {
	const least, most = -1 << 63, 1<<63 - 1
	from, to = least, most
	if !q.From.IsZero() {
		from = q.From.UnixMicro()
		if q.From.Nanosecond()%1000 != 0 {
			from++
		}
	}
	if !q.To.IsZero() {
		to = q.To.UnixMicro()
		if q.To.Nanosecond()%1000 != 0 {
			to++
		}
	}
	return from, to
}
