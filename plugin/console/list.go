package console

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/gatebook/gatebook/record"
)

// list is what stands around the rows of a log.
type list struct {
	// Status says what the rows are.
	Status string
	Zone   string
	// Empty says why there are no rows, if there are none.
	Empty emptiness
	// Clear is the page without filters, Everything the same filters over all
	// that is kept; they are there where that would help.
	Clear, Everything    string
	Newest, Newer, Older string
	Exports              []link
	// Live is there where new rows may come in.
	Live *liveFeed
}

// newLiveFeed follows a log by the API's stream at path; a page of older rows does
// not follow it.
func (v *view) newLiveFeed(f *filter, path, name string, log *record.BookHealth, one, many string) *liveFeed {
	if f.given.Has("cursor") {
		return nil
	}
	return &liveFeed{
		Stream: v.apiAddress(path, f.question()), Pulse: v.Base + "api/v1/health", Log: name, Revision: logRevision(log), One: one, Many: many,
	}
}

// liveFeed configures the script live.js: the address of a stream of the filtered
// records, if there is one, and the address to poll for changes. Revision identifies
// the answer at the time of the page: the health of a Log, or the first flag. One and
// Many are the messages about new rows.
type liveFeed struct{ Stream, Pulse, Log, Revision, One, Many string }

// listPage is what the pages of lists have in common.
type listPage struct {
	layout
	StatusBar statusBar
	Filter    filter
	list
}

// listing describes a page of a list.
type listing struct {
	// Title is translatable; Path is the page's, below the console's.
	Title, Path string
	Fields      []field
	// Period is how far back the page looks if its address and its search name no
	// time, "" for all of it.
	Period string
}

// startList begins the page of a list with what its address asks for. If that is
// invalid, Filter.Error says why, and nothing is found.
func startList[T any](
	ctx context.Context, v *view, given url.Values, l listing, find func(context.Context, url.Values) (T, error),
) (T, listPage, error) {
	period := l.Period
	if terms := l.Fields[0].Terms; terms != "" {
		period = terms.period(given.Get("q"), period)
	}
	found, params, invalid, err := answerTo(ctx, given, period, find)
	return found, listPage{
		layout: v.newLayout(v.translate(l.Title), l.Path),
		Filter: v.newFilter(v.Base+l.Path, given, params, l.Fields, invalid),
	}, err
}

// answerTo finds what a page's address asks for, over a period where it names no
// time. Params is the question that it means, invalid the validation error of
// it, or nil.
func answerTo[T any](
	ctx context.Context, given url.Values, period string, find func(context.Context, url.Values) (T, error),
) (found T, params url.Values, invalid *record.ParamError, err error) {
	if params, err = settle(given, period); err == nil {
		found, err = find(ctx, params)
	}
	if errors.As(err, &invalid) {
		err = nil
	}
	return found, params, invalid, err
}

// emptiness is why a list shows nothing.
type emptiness string

const (
	emptyEver  emptiness = "ever"  // nothing is kept at all
	emptyMatch emptiness = "match" // nothing that is kept matches
	emptyEnd   emptiness = "end"   // the pages before had it all
	emptyGone  emptiness = "gone"  // what was then is kept no more
)

// newList describes a page of n rows of log, after which those of the cursor
// next follow. Status says how many there are.
func (v *view) newList(f *filter, log *record.BookHealth, n int, next, status string) list {
	l := list{Zone: zoneName(v.Location, v.Now), Status: status}
	if f.Period != "" {
		l.Status += " " + f.Period
	}
	f.turnPages(&l, next)
	continued := f.given.Has("cursor")
	if continued {
		l.Status = v.translate("%s, continued", l.Status)
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
	case log != nil && log.Entries == 0:
		l.Empty = emptyEver
	default:
		l.Empty = emptyMatch
	}
	return l
}

// maxBack is how many pages the link to newer rows leads back, one by one.
const maxBack = 20

// turnPages sets the links to other pages. A cursor leads to older rows only, so
// that the address remembers those of the pages before.
func (f *filter) turnPages(l *list, next string) {
	back := f.given["back"]
	if cursor := f.given.Get("cursor"); cursor != "" {
		l.Newest = f.address(f.firstPage())
		if len(back) > 0 {
			v := f.firstPage()
			if last := back[len(back)-1]; last != "" {
				v.Set("cursor", last)
				v["back"] = back[:len(back)-1]
			}
			l.Newer = f.address(v)
		}
	}
	if next == "" {
		return
	}
	v := f.firstPage()
	v.Set("cursor", next)
	v["back"] = append(back[max(0, len(back)-maxBack+1):len(back):len(back)], f.given.Get("cursor"))
	l.Older = f.address(v)
}

// everything is the address of the list without a period.
func (f *filter) everything() string {
	v := f.firstPage()
	v.Del("to")
	v["from"] = []string{""}
	return f.address(v)
}

// exports lists the files of what is filtered, under the API's path. Each text
// has a %s for the kind of file.
func (v *view) exports(f *filter, path, text string, args ...any) []link {
	var files []link
	for _, kind := range []struct{ name, extension string }{{"CSV", ".csv"}, {"NDJSON", ".ndjson"}} {
		files = append(files, link{
			Text: v.translate(text, append(args[:len(args):len(args)], kind.name)...),
			Href: v.apiAddress(path+kind.extension, f.question()),
		})
	}
	return files
}

func (v *view) apiAddress(path string, values url.Values) string {
	return v.Base + "api/v1/" + path + "?" + values.Encode()
}

// logRevision changes when b has something new to show. The script live.js makes
// the same of the API's health.
func logRevision(b *record.BookHealth) string {
	if b == nil {
		return ""
	}
	return fmt.Sprintf("%s/%d/%d/%d/%d/%d", b.State, b.Entries, b.Recorded, b.Rejected, b.Late, b.Dropped)
}
