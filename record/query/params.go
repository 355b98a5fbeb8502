package query

import (
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gatebook/gatebook/record"
)

// Limits of one page of a list.
const (
	DefaultLimit = 50
	MaxLimit     = 1000
)

// params reads a set of URL parameters, each at most once unless said
// otherwise, and remembers the first mistake.
type params struct {
	values url.Values
	now    time.Time
	loc    *time.Location
	err    error
	// terms are those of a search for requests, searched the parameters that it
	// has set.
	terms    []Term
	searched []string
}

func newParams(values url.Values, known []string, now time.Time, loc *time.Location) *params {
	p := &params{values: values, now: now, loc: loc}
	if loc == nil {
		p.loc = time.UTC
	}
	for name, all := range values {
		if !slices.Contains(known, name) {
			p.fail(name, "", record.UnknownParam, strings.Join(known, ", "))
		} else if len(all) > 1 && name != "category" {
			p.fail(name, all[1], record.GivenTwice)
		}
	}
	return p
}

// fail keeps the first mistake.
func (p *params) fail(name, value string, code record.Code, args ...any) {
	if p.err == nil {
		p.err = record.Invalid(name, value, code, args...)
	}
}

func (p *params) text(name string) string {
	v := p.values.Get(name)
	if len(v) > record.MaxText {
		p.fail(name, v, record.TooManyBytes, strconv.Itoa(record.MaxText))
	}
	return v
}

func (p *params) limit() int {
	v := p.values.Get("limit")
	if v == "" {
		return DefaultLimit
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 || n > MaxLimit {
		p.fail("limit", v, record.NotNumber, "1", strconv.Itoa(MaxLimit))
	}
	return n
}

func (p *params) oneOf(name string, allowed ...string) string {
	v := p.values.Get(name)
	if v != "" && !slices.Contains(allowed, v) {
		p.fail(name, v, record.NotOneOf, strings.Join(allowed, ", "))
	}
	return v
}

// prefix reads an address or a prefix; the zero Prefix stands for none.
func (p *params) prefix(name string) (prefix netip.Prefix) {
	v := p.values.Get(name)
	if v == "" {
		return prefix
	}
	prefix, err := record.ParsePrefix(v)
	if err != nil {
		p.fail(name, v, record.NotAddress)
	}
	return prefix
}

// times reads the half-open range [from, to).
func (p *params) times() (from, to time.Time) {
	from, to = p.time("from", false), p.time("to", true)
	if p.err == nil && !from.IsZero() && !to.IsZero() && to.Before(from) {
		p.fail("to", p.values.Get("to"), record.BeforeFrom)
	}
	return from, to
}

func (p *params) time(name string, end bool) time.Time {
	v := p.values.Get(name)
	if v == "" {
		return time.Time{}
	}
	t, err := ParseTime(v, p.now, p.loc, end)
	if err != nil {
		p.fail(name, v, record.NotTime)
	}
	return t
}
