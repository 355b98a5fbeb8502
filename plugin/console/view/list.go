package view

import (
	"github.com/gatebook/gatebook/record"
)

// List is what stands around the rows of a log.
type List struct {
	// Status says what the rows are.
	Status string
	Zone   string
	// Empty says why there are no rows, if there are none.
	Empty Emptiness
	// Clear is the page without filters, Everything the same filters over all
	// that is kept; they are there where that would help.
	Clear, Everything    string
	Newest, Newer, Older string
	Exports              []Link
	// Live is there where new rows may come in.
	Live *LiveFeed
}

// Emptiness is why a list shows nothing.
type Emptiness string

const (
	emptyEver  Emptiness = "ever"  // nothing is kept at all
	EmptyMatch Emptiness = "match" // nothing that is kept matches
	emptyEnd   Emptiness = "end"   // the pages before had it all
	EmptyGone  Emptiness = "gone"  // what was then is kept no more
)

// NewList describes a page of n rows of log, after which those of the cursor
// next follow. Status says how many there are.
func (v *View) NewList(f *Filter, log *record.BookHealth, n int, next, status string) List {
	l := List{Zone: ZoneName(v.Location, v.Now), Status: status}
	if f.Period != "" {
		l.Status += " " + f.Period
	}
	f.turnPages(&l, next)
	continued := f.Given.Has("cursor")
	if continued {
		l.Status = v.Translate("%s, continued", l.Status)
	}
	if len(f.Chips) > 0 {
		l.Clear = f.Action
	}
	if f.Params.Get("from") != "" || f.Params.Has("to") {
		l.Everything = f.everything()
	}
	switch {
	case n > 0:
	case continued:
		l.Empty = emptyEnd
	case log != nil && log.Entries == 0:
		l.Empty = emptyEver
	default:
		l.Empty = EmptyMatch
	}
	return l
}

// maxBack is how many pages the link to newer rows leads back, one by one.
const maxBack = 20

// turnPages sets the links to other pages. A cursor leads to older rows only, so
// that the address remembers those of the pages before.
func (f *Filter) turnPages(l *List, next string) {
	back := f.Given["back"]
	if cursor := f.Given.Get("cursor"); cursor != "" {
		l.Newest = f.Address(f.FirstPage())
		if len(back) > 0 {
			v := f.FirstPage()
			if last := back[len(back)-1]; last != "" {
				v.Set("cursor", last)
				v["back"] = back[:len(back)-1]
			}
			l.Newer = f.Address(v)
		}
	}
	if next == "" {
		return
	}
	v := f.FirstPage()
	v.Set("cursor", next)
	v["back"] = append(back[max(0, len(back)-maxBack+1):len(back):len(back)], f.Given.Get("cursor"))
	l.Older = f.Address(v)
}

// everything is the address of the list without a period.
func (f *Filter) everything() string {
	v := f.FirstPage()
	v.Del("to")
	v["from"] = []string{""}
	return f.Address(v)
}

// ExportLinks lists the files of the filtered records, under the API's path. The text
// ends with a %s for the kind of file.
func (v *View) ExportLinks(f *Filter, path, text string, args ...any) []Link {
	var files []Link
	for _, kind := range []struct{ name, extension string }{{"CSV", ".csv"}, {"NDJSON", ".ndjson"}} {
		files = append(files, Link{
			Text: v.Translate(text, append(args[:len(args):len(args)], kind.name)...),
			Href: v.APIAddress(path+kind.extension, f.Query()),
		})
	}
	return files
}
