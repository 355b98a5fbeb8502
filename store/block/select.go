package block

import (
	"bytes"
	"slices"
	"strings"

	"github.com/gatebook/gatebook/record"
)

// Select appends to rows those that q asks for, in their order; it looks at
// every filter, and at neither Limit nor Cursor. Filters are answered by the
// dictionaries first: where no entry fits, the body is not looked at.
func (r *Reader) Select(rows []int32, q *record.RequestQuery) ([]int32, error) {
	filters, possible, err := r.filters(q)
	if err != nil || !possible {
		return rows, err
	}
	start := len(rows)
	if rows, err = r.inTime(rows, q); err != nil {
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

// inTime appends all rows in q's time.
func (r *Reader) inTime(rows []int32, q *record.RequestQuery) ([]int32, error) {
	all := (q.From.IsZero() || q.From.UnixMicro() <= r.Oldest && q.From.Nanosecond()%1000 == 0) &&
		(q.To.IsZero() || r.Newest < q.To.UnixMicro())
	if all {
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
func bounds(q *record.RequestQuery) (from, to int64) {
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

// filter says which entries of a column fit.
type filter struct {
	column column
	fits   []bool
}

// filters asks the dictionaries. It stops, with possible false, at the first
// of which no entry fits; filters that all entries fit are left out.
func (r *Reader) filters(q *record.RequestQuery) (list []filter, possible bool, err error) {
	for _, f := range entryFilters(q) {
		d, err := r.dictionary(f.column)
		if err != nil {
			return nil, false, err
		}
		if f.exact != nil && !d.has(f.exact) {
			return nil, false, nil
		}
		fits, some, all := make([]bool, d.Len()), false, true
		for i := range fits {
			fits[i] = f.fits(d.Text(i))
			some, all = some || fits[i], all && fits[i]
		}
		if !some {
			return nil, false, nil
		}
		if !all {
			list = append(list, filter{f.column, fits})
		}
	}
	if q.Contains != "" {
		found := false
		for _, c := range searched {
			d, err := r.dictionary(c)
			if err != nil {
				return nil, false, err
			}
			found = found || slices.Contains(d.containing(nil, q.Contains, c == agent), true)
		}
		if !found {
			return nil, false, nil
		}
	}
	return list, true, nil
}

// entryFilter says of one entry of a column whether it fits.
type entryFilter struct {
	column column
	fits   func(entry []byte) bool
	// exact, if there, is the only entry that fits.
	exact []byte
}

// entryFilters takes q apart into filters of one column each.
func entryFilters(q *record.RequestQuery) (list []entryFilter) {
	add := func(there bool, c column, fits func([]byte) bool) {
		if there {
			list = append(list, entryFilter{column: c, fits: fits})
		}
	}
	// Each filter has a question of its own, so that a match is always
	// record's to decide.
	only := func(set func(*record.RequestQuery), read func([]byte) (record.Request, error)) func([]byte) bool {
		var question record.RequestQuery
		set(&question)
		return func(entry []byte) bool {
			request, err := read(entry)
			return err == nil && question.Match(&request)
		}
	}
	add(q.Prefix.IsValid(), address, func(e []byte) bool {
		ip, err := cutAddress(e)
		return err == nil && q.Prefix.Contains(ip)
	})
	if q.Prefix.IsSingleIP() {
		list[0].exact = appendAddress(nil, q.Prefix.Addr())
	}
	add(q.StatusMax != 0, status, only(func(n *record.RequestQuery) { n.StatusMin, n.StatusMax = q.StatusMin, q.StatusMax }, statusOnly))
	add(q.Method != "", method, func(e []byte) bool { return string(e) == q.Method })
	add(q.Path != "", path, func(e []byte) bool { return record.MatchPattern(q.Path, text(e)) })
	add(q.User != "", user, func(e []byte) bool { return strings.EqualFold(q.User, text(e)) })
	add(q.Verdict != "", verdict, only(func(n *record.RequestQuery) { n.Verdict = q.Verdict }, func(e []byte) (record.Request, error) {
		return record.Request{Verdict: record.Verdict(text(e))}, nil
	}))
	add(q.Browser != "" || q.OS != "", agent, only(func(n *record.RequestQuery) { n.Browser, n.OS = q.Browser, q.OS }, agentOnly))
	add(q.Country != "" || q.ASN != 0, network, only(func(n *record.RequestQuery) { n.Country, n.ASN = q.Country, q.ASN }, networkOnly))
	return list
}

func statusOnly(e []byte) (r record.Request, err error) {
	r.Status, err = cutStatus(e)
	return r, err
}

func agentOnly(e []byte) (r record.Request, err error) {
	browser, system, userAgent, err := cutAgent(e)
	r.Browser, r.OS, r.UserAgent = text(browser), text(system), text(userAgent)
	return r, err
}

func networkOnly(e []byte) (r record.Request, err error) {
	country, asn, organization, err := cutNetwork(e)
	r.Country, r.ASN, r.ASOrg = text(country), asn, text(organization)
	return r, err
}

// has reports whether there is such an entry, before anything else is done about
// a block: most have none of a rare address.
func (d *Dictionary) has(entry []byte) bool {
	for at := 0; ; {
		i := bytes.Index(d.text[at:], entry)
		if i < 0 {
			return false
		}
		if d.width == 0 || (at+i)%d.width == 0 {
			return true // without a width: perhaps
		}
		at += i + 1
	}
}

// searched are the columns that Contains looks into.
var searched = [...]column{path, query, agent, referer, user}

// containing leaves the rows from start on that contain what q says, or that
// failed if that is what q wants: both ask several columns, of which one is
// enough.
func (r *Reader) containing(rows []int32, start int, q *record.RequestQuery) ([]int32, error) {
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

// containing says of each entry whether it contains needle, without regard to
// case. Of tuples only the user agent, which is last, is looked at.
func (d *Dictionary) containing(fits []bool, needle string, tuples bool) []bool {
	fits = grown(fits, d.Len())
	clear(fits)
	find := record.NewFinder(needle)
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
