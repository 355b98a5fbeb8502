package console

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

// exportedLog is a log of which exports are made.
type exportedLog struct {
	// file is what its files are called, name what entries call it, and key where
	// the keys of its entries begin.
	file, name, key string
}

var (
	eventsLog   = &exportedLog{"events", "application", "gatebook.application_log_"}
	requestsLog = &exportedLog{"requests", "server", "gatebook.server_log_"}
)

// exportTrace is what the entry of an export tells. What was asked for is told
// with its value only where that can name nobody; of the rest, that it was asked
// for.
type exportTrace struct {
	log      *exportedLog
	format   string
	rows     int
	from, to time.Time
	// filters and without are by parameter: a value, a list of them, or true.
	filters, without map[string]any
}

// exportDetails are those of the entry.
type exportDetails struct {
	Log    string `json:"log"`
	Format string `json:"format"`
	// Rows were sent, at most: of those at the end some may not have arrived.
	Rows     int            `json:"rows"`
	BrokeOff string         `json:"broke_off,omitempty"`
	From     string         `json:"from,omitempty"`
	To       string         `json:"to,omitempty"`
	Filters  map[string]any `json:"filters,omitempty"`
	Without  map[string]any `json:"without,omitempty"`
}

func traceEvents(q *query.Events) exportTrace {
	return exportTrace{log: eventsLog, from: q.From, to: q.To, filters: eventTraces(&q.EventFilter), without: eventTraces(&q.Not)}
}

func eventTraces(f *query.EventFilter) map[string]any {
	told := map[string]any{}
	for name, values := range map[string][]string{"category": f.Categories, "type": f.Types, "outcome": f.Outcomes} {
		if len(values) > 0 {
			// Filters that contradict each other leave a mark that no event has.
			told[name] = slices.DeleteFunc(slices.Clone(values), func(v string) bool { return strings.Contains(v, "\x00") })
		}
	}
	used(told, "initiator", len(f.Initiators) > 0)
	used(told, "subject", len(f.Subjects) > 0)
	used(told, "text", len(f.Words) > 0)
	return told
}

func traceRequests(q *query.Requests) exportTrace {
	told := map[string]any{}
	switch {
	case q.StatusMax == 0:
	case q.StatusMin == q.StatusMax:
		told["status"] = strconv.Itoa(q.StatusMin)
	default:
		told["status"] = strconv.Itoa(q.StatusMin/100) + "xx"
	}
	// A method can be any text.
	if slices.Contains(methodNames, q.Method) {
		told["method"] = q.Method
	} else {
		used(told, "method", q.Method != "")
	}
	if q.Verdict != "" {
		told["verdict"] = q.Verdict
	}
	used(told, "ip", q.Prefix.IsValid())
	used(told, "path", q.Path != "")
	used(told, "browser", q.Browser != "")
	used(told, "os", q.OS != "")
	used(told, "country", q.Country != "")
	used(told, "asn", q.ASN != 0)
	used(told, "user", q.User != "")
	used(told, "text", q.Contains != "")
	return exportTrace{log: requestsLog, from: q.From, to: q.To, filters: told}
}

var methodNames = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch,
	http.MethodDelete, http.MethodConnect, http.MethodOptions, http.MethodTrace,
}

func used(told map[string]any, name string, is bool) {
	if is {
		told[name] = true
	}
}

// leaveExport writes the entry of an export that has ended, well or with err.
// Failing that is reported, and no more: the export is out, or has its own error.
func (v *view) leaveExport(r *http.Request, t exportTrace, err error) {
	if v.Operator {
		return
	}
	e := record.Event{
		Type: "log.exported", Key: t.log.key + "exported", Outcome: record.OutcomeSuccess,
		Params: map[string]string{"format": strings.ToUpper(t.format), "rows": strconv.Itoa(t.rows)},
	}
	details := exportDetails{
		Log: t.log.name, Format: t.format, Rows: t.rows,
		From: written(t.from, v.location()), To: written(t.to, v.location()), Filters: t.filters, Without: t.without,
	}
	if err != nil {
		e.Key, e.Outcome = t.log.key+"export_failed", record.OutcomeFailure
		details.BrokeOff = "the log could not be read"
		if errors.Is(err, errLeft) || gone(r) {
			details.BrokeOff = errLeft.Error()
		}
	}
	if err := v.leave(r.Context(), e, details); err != nil {
		v.report(err)
	}
}

// written is t as people write it, or "" for no time. Unlike JSON it has a form for
// every year: none that somebody asks for keeps the entry from being written.
func written(t time.Time, loc *time.Location) string {
	if t.IsZero() {
		return ""
	}
	return t.In(loc).Format(time.RFC3339)
}
