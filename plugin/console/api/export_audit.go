package api

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gatebook/gatebook/plugin/console/audit"
	"github.com/gatebook/gatebook/plugin/console/view"
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

// exportEntry is the content of an export's audit entry. It has the values of those
// filters only that cannot identify a person; of the others, that they were used.
type exportEntry struct {
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

func eventExport(q *query.Events) exportEntry {
	return exportEntry{log: eventsLog, from: q.From, to: q.To, filters: filtersOf(&q.EventFilter), without: filtersOf(&q.Not)}
}

func filtersOf(f *query.EventFilter) map[string]any {
	filters := map[string]any{}
	for name, values := range map[string][]string{"category": f.Categories, "type": f.Types, "outcome": f.Outcomes} {
		if len(values) > 0 {
			// Filters that contradict each other have a value that no event has.
			filters[name] = slices.DeleteFunc(slices.Clone(values), func(v string) bool { return strings.Contains(v, "\x00") })
		}
	}
	used(filters, "initiator", len(f.Initiators) > 0)
	used(filters, "subject", len(f.Subjects) > 0)
	used(filters, "text", len(f.Words) > 0)
	return filters
}

func requestExport(q *query.Requests) exportEntry {
	filters := map[string]any{}
	switch {
	case q.StatusMax == 0:
	case q.StatusMin == q.StatusMax:
		filters["status"] = strconv.Itoa(q.StatusMin)
	default:
		filters["status"] = strconv.Itoa(q.StatusMin/100) + "xx"
	}
	// A method can be any text.
	if slices.Contains(methodNames, q.Method) {
		filters["method"] = q.Method
	} else {
		used(filters, "method", q.Method != "")
	}
	if q.Verdict != "" {
		filters["verdict"] = q.Verdict
	}
	used(filters, "ip", q.Prefix.IsValid())
	used(filters, "path", q.Path != "")
	used(filters, "browser", q.Browser != "")
	used(filters, "os", q.OS != "")
	used(filters, "country", q.Country != "")
	used(filters, "asn", q.ASN != 0)
	used(filters, "user", q.User != "")
	used(filters, "text", q.Contains != "")
	return exportEntry{log: requestsLog, from: q.From, to: q.To, filters: filters}
}

var methodNames = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch,
	http.MethodDelete, http.MethodConnect, http.MethodOptions, http.MethodTrace,
}

func used(filters map[string]any, name string, is bool) {
	if is {
		filters[name] = true
	}
}

// auditExport writes the entry of an export that has ended, well or with err.
// Failing that is reported, and no more: the export is out, or has its own error.
func (v *API) auditExport(r *http.Request, t exportEntry, err error) {
	if v.Operator {
		return
	}
	e := record.Event{
		Type: "log.exported", Key: t.log.key + "exported", Outcome: record.OutcomeSuccess,
		Params: map[string]string{"format": strings.ToUpper(t.format), "rows": strconv.Itoa(t.rows)},
	}
	details := exportDetails{
		Log: t.log.name, Format: t.format, Rows: t.rows,
		From: written(t.from, v.Location), To: written(t.to, v.Location), Filters: t.filters, Without: t.without,
	}
	if err != nil {
		e.Key, e.Outcome = t.log.key+"export_failed", record.OutcomeFailure
		details.BrokeOff = "the log could not be read"
		if errors.Is(err, errLeft) || view.ClientLeft(r) {
			details.BrokeOff = errLeft.Error()
		}
	}
	if err := audit.Write(r.Context(), v.View, v.Source, e, details); err != nil {
		v.Report(err)
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
