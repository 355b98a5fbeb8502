package block

import (
	"bytes"
	"slices"
	"strings"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

// filter reports which entries of a column match.
type filter struct {
	column column
	fits   []bool
}

// filters asks the dictionaries. It stops, with possible false, at the first
// of which no entry fits; filters that all entries fit are left out.
func (r *Reader) filters(q *query.Requests) (list []filter, possible bool, err error) {
	for _, f := range entryFilters(q) {
		d, err := r.dictionary(f.column)
		if err != nil {
			return nil, false, err
		}
		if f.exact != nil && !d.has(f.exact) {
			return nil, false, nil
		}
		fits := d.fitting(&f)
		if !slices.Contains(fits, true) {
			return nil, false, nil
		}
		if slices.Contains(fits, false) {
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

// entryFilter reports whether one entry of a column matches.
type entryFilter struct {
	column column
	fits   func(entry []byte) bool
	// exact, if there, is the only entry that fits.
	exact []byte
	// part, if there, is a text that every entry contains that fits.
	part []byte
}

// fitting reports for each entry whether it fits.
func (d *Dictionary) fitting(f *entryFilter) []bool {
	fits := make([]bool, d.Len())
	if len(f.part) == 0 {
		for i := range fits {
			fits[i] = f.fits(d.Text(i))
		}
		return fits
	}
	// All texts at once: a call for each would cost more than the search.
	for at, i := 0, 0; ; {
		n := bytes.Index(d.text[at:], f.part)
		if n < 0 {
			return fits
		}
		if i = d.entryAt(i, at+n); i == len(fits) {
			return fits // the part is what ends the last entry
		}
		fits[i] = f.fits(d.Text(i))
		if i++; i == len(fits) {
			return fits
		}
		at = d.start(i)
	}
}

// longestPart is the longest text between two * of a pattern.
func longestPart(pattern string) []byte {
	longest := ""
	for part := range strings.SplitSeq(pattern, "*") {
		if len(part) > len(longest) {
			longest = part
		}
	}
	return []byte(longest)
}

// entryFilters takes q apart into filters of one column each.
func entryFilters(q *query.Requests) (list []entryFilter) {
	add := func(there bool, c column, fits func([]byte) bool) {
		if there {
			list = append(list, entryFilter{column: c, fits: fits})
		}
	}
	// Each filter has a question of its own, so that a match is always
	// record's to decide.
	only := func(set func(*query.Requests), read func([]byte) (record.Request, error)) func([]byte) bool {
		var question query.Requests
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
	add(q.StatusMax != 0, status, only(func(n *query.Requests) { n.StatusMin, n.StatusMax = q.StatusMin, q.StatusMax }, statusOnly))
	add(q.Method != "", method, func(e []byte) bool { return strings.EqualFold(q.Method, text(e)) })
	add(q.Path != "", path, func(e []byte) bool { return query.MatchPattern(q.Path, text(e)) })
	if q.Path != "" {
		list[len(list)-1].part = longestPart(q.Path)
	}
	add(q.User != "", user, func(e []byte) bool { return strings.EqualFold(q.User, text(e)) })
	add(q.Verdict != "", verdict, only(func(n *query.Requests) { n.Verdict = q.Verdict }, func(e []byte) (record.Request, error) {
		return record.Request{Verdict: record.Verdict(text(e))}, nil
	}))
	add(q.Browser != "" || q.OS != "", agent, only(func(n *query.Requests) { n.Browser, n.OS = q.Browser, q.OS }, agentOnly))
	add(q.Country != "" || q.ASN != 0, network, only(func(n *query.Requests) { n.Country, n.ASN = q.Country, q.ASN }, networkOnly))
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
