package console

import "github.com/gatebook/gatebook/record"

// list is what stands around the rows of a log.
type list struct {
	// Status says what the rows are.
	Status string
	Zone   string
	// Empty says why there are no rows, if there are none.
	Empty emptiness
	// Clear is the page without filters, Everything the same filters over all
	// that is kept; they are there where that would help.
	Clear, Everything string
	Newest, Older     string
	CSV, NDJSON       string
}

// emptiness is why a list shows nothing.
type emptiness string

const (
	emptyEver  emptiness = "ever"  // nothing is kept at all
	emptyMatch emptiness = "match" // nothing that is kept matches
	emptyEnd   emptiness = "end"   // the pages before had it all
)

// newList describes a page of n rows of book, after which those of the cursor
// next follow. Its export is the API's path of the name api; "" means that
// there is none.
func (c *Console) newList(f *filter, book *record.BookHealth, api string, n int, next, one, many string) list {
	l := list{Zone: zoneName(c.location(), c.now())}
	if api != "" {
		export := f.clone().Encode()
		l.CSV, l.NDJSON = c.Base+"api/v1/"+api+".csv?"+export, c.Base+"api/v1/"+api+".ndjson?"+export
	}
	continued := f.params.Has("cursor")
	l.Status = c.speaks().count(n, one, many)
	switch {
	case continued:
		l.Status = c.say("%s, continued", l.Status)
	case next != "":
		l.Status = c.say("The newest %s", l.Status)
	}
	if f.Period != "" {
		l.Status += " " + f.Period
	}
	if continued {
		l.Newest = f.address(f.clone())
	}
	if next != "" {
		l.Older = f.after(next)
	}
	if len(f.Chips) > 0 {
		l.Clear = f.Action
	}
	if f.params.Get("from") != "" || f.params.Has("to") {
		l.Everything = f.everything()
	}
	switch {
	case n > 0:
	case continued:
		l.Empty = emptyEnd
	case book != nil && book.Entries == 0:
		l.Empty = emptyEver
	default:
		l.Empty = emptyMatch
	}
	return l
}

// everything is the address of the list without a period.
func (f *filter) everything() string {
	v := f.clone()
	v.Del("to")
	v["from"] = []string{""}
	return f.address(v)
}
