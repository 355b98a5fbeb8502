package display

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/gatebook/gatebook/record"
)

// RequestHeader names the cells of [RequestRow]. It is not to be changed.
var RequestHeader = []string{
	"time", "instance", "ip", "method", "host", "path", "query", "status", "bytes", "bytes_in", "duration_ms", "proto",
	"user_agent", "browser", "os", "referer", "user", "country", "asn", "as_org", "request_id", "verdict", "aborted",
	"error_source", "error_type", "error_message", "error_where", "error_integration",
}

// RequestRow returns a request as cells that are safe to open in a spreadsheet,
// with its time in loc.
func RequestRow(r *record.Request, loc *time.Location) []string {
	var asn string
	if r.ASN != 0 {
		asn = strconv.FormatUint(uint64(r.ASN), 10)
	}
	var failure record.Failure
	if r.Error != nil {
		failure = *r.Error
	}
	return Cells(
		stamp(r.Time, loc), r.Instance, r.Address(), r.Method, r.Host, r.Path, r.Query,
		strconv.Itoa(r.Status), strconv.FormatInt(r.Bytes, 10), strconv.FormatInt(r.BytesIn, 10),
		strconv.FormatFloat(r.Milliseconds(), 'f', -1, 64), r.Proto,
		r.UserAgent, r.Browser, r.OS, r.Referer, r.User, r.Country, asn, r.ASOrg,
		r.RequestID, r.Verdict.String(), strconv.FormatBool(r.Aborted),
		failure.Source, failure.Type, failure.Message, failure.Where, failure.Integration,
	)
}

// FailureHeader names the cells of [FailureRow]. It is not to be
// changed.
var FailureHeader = []string{
	"count", "first", "last", "source", "type", "where", "integration", "route",
	"message", "example_path", "example_query", "example_status", "example_request_id",
}

// FailureRow returns a group as cells that are safe to open in a spreadsheet, with
// its times in loc, and the fields of the example that help to find it.
func FailureRow(g *record.FailureGroup, loc *time.Location) []string {
	var message string
	if e := g.Example.Error; e != nil {
		message = e.Message
	}
	return Cells(
		strconv.FormatUint(g.Count, 10), stamp(g.First, loc), stamp(g.Last, loc), g.Source, g.Type, g.Where, g.Integration, g.Route,
		message, g.Example.Path, g.Example.Query, strconv.Itoa(g.Example.Status), g.Example.RequestID,
	)
}

// EventHeader names the cells of [EventRow]. It is not to be changed.
var EventHeader = []string{
	"seq", "id", "time", "received", "category", "type", "subject_type", "subject_id", "subject_label", "text",
	"initiator_id", "initiator_name", "initiator_email", "initiator_kind", "action_label", "action_href",
	"outcome", "changes", "details", "until", "anonymized",
}

// EventRow returns an event as cells that are safe to open in a spreadsheet, with
// its times in loc.
func EventRow(e *record.Event, loc *time.Location) []string {
	var subject record.Subject
	if e.Subject != nil {
		subject = *e.Subject
	}
	var initiator record.Initiator
	if e.Initiator != nil {
		initiator = *e.Initiator
	}
	var action record.Action
	if e.Action != nil {
		action = *e.Action
	}
	return Cells(
		strconv.FormatUint(e.Seq, 10), e.ID, stamp(e.Time, loc), stamp(e.Received, loc), e.Category, e.Type,
		subject.Type, subject.ID, subject.Label, Description(e),
		initiator.ID, initiator.Name, initiator.Email, initiator.Kind, action.Label, action.Href,
		e.Outcome, changesCell(e.Changes), detailsCell(e.Details), stamp(e.Until, loc), strconv.FormatBool(e.Anonymized),
	)
}

// FlagHeader names the cells of [FlagRow]. It is not to be changed.
var FlagHeader = []string{
	"id", "kind", "subject", "state", "review", "rules", "requests", "scope", "since", "until", "changed", "strikes", "country", "asn",
}

// FlagRow returns a flag as cells that are safe to open in a spreadsheet, with its
// times in loc.
func FlagRow(f *record.Flag, loc *time.Location) []string {
	var asn string
	if f.ASN != 0 {
		asn = strconv.FormatUint(uint64(f.ASN), 10)
	}
	var requests int
	for _, r := range f.Rules {
		requests += r.Count
	}
	return Cells(
		f.ID, string(f.Subject.Kind), f.Subject.Value, string(f.State), string(f.Review),
		strings.Join(f.RuleNames(), " "), strconv.Itoa(requests), f.Scope,
		stamp(f.Since, loc), stamp(f.Until, loc), stamp(f.Changed, loc), strconv.Itoa(f.Strikes), f.Country, asn,
	)
}

// changesCell writes changes as people would: "start: 09:00 → 10:00".
func changesCell(changes []record.Change) string {
	parts := make([]string, len(changes))
	for i, c := range changes {
		parts[i] = c.Field + ": " + PlainValue(c.Old) + " → " + PlainValue(c.New)
	}
	return strings.Join(parts, "; ")
}

// detailsCell writes escapes as the letters that they mean. What is invisible as it
// is becomes visible as in other cells.
func detailsCell(details json.RawMessage) string {
	if !bytes.Contains(details, []byte(`\u`)) {
		return string(details)
	}
	return string(ReadableJSON(details))
}

func stamp(t time.Time, loc *time.Location) string {
	if t.IsZero() {
		return ""
	}
	return t.In(loc).Format(time.RFC3339Nano)
}

// Cells makes cells safe to open in a spreadsheet, in place.
func Cells(row ...string) []string {
	for i, s := range row {
		row[i] = plainCell(s)
	}
	return row
}

// plainCell keeps a cell from being anything but text. A spreadsheet takes one
// for a formula by its first character, also after spaces and in full width
// (OWASP, CSV injection); a quote in front prevents it, and keeps an id of digits
// from being rounded. What s was decides: a
// leading tab is none any more once it has been made visible.
func plainCell(s string) string {
	first, _ := utf8.DecodeRuneInString(strings.TrimLeftFunc(s, func(r rune) bool { return unicode.Is(unicode.Zs, r) }))
	if strings.ContainsRune("=+-@\t\r\n＝＋－＠", first) || losesDigits(s) {
		return "'" + Visible(s)
	}
	return Visible(s)
}

// exactDigits is how many digits of a number a spreadsheet keeps.
const exactDigits = 15

// losesDigits reports whether a spreadsheet would take s for a number and show
// another: it has too many digits, zeros in front, or an exponent.
func losesDigits(s string) bool {
	digits := strings.TrimLeft(s, "0123456789")
	whole := len(s) - len(digits)
	if whole == 0 {
		return false
	}
	switch {
	case digits == "":
		return whole > exactDigits || whole > 1 && s[0] == '0'
	case digits[0] == 'e' || digits[0] == 'E':
		exponent := strings.TrimLeft(digits[1:], "+-")
		return exponent != "" && strings.TrimLeft(exponent, "0123456789") == ""
	}
	return false
}
