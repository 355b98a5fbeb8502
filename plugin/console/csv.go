package console

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gatebook/gatebook/record"
)

const eventColumns = "seq,id,time,received,category,type,subject_type,subject_id,subject_label,text," +
	"initiator_id,initiator_name,initiator_email,initiator_kind,action_label,action_href,outcome,changes,details,until,anonymized"

func eventCells(e record.Event, loc *time.Location) []string {
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
	return []string{
		strconv.FormatUint(e.Seq, 10), e.ID, stamp(e.Time, loc), stamp(e.Received, loc), e.Category, e.Type,
		subject.Type, subject.ID, subject.Label, description(&e),
		initiator.ID, initiator.Name, initiator.Email, initiator.Kind, action.Label, action.Href,
		e.Outcome, changesCell(e.Changes), string(e.Details), stamp(e.Until, loc), strconv.FormatBool(e.Anonymized),
	}
}

// changesCell writes the changes as people would: "start: 09:00 → 10:00".
func changesCell(changes []record.Change) string {
	parts := make([]string, len(changes))
	for i, ch := range changes {
		parts[i] = ch.Field + ": " + plainValue(ch.Old) + " → " + plainValue(ch.New)
	}
	return strings.Join(parts, "; ")
}

const requestColumns = "time,instance,ip,method,host,path,query,status,bytes,bytes_in,duration_ms,proto," +
	"user_agent,browser,os,referer,user,country,asn,as_org,request_id,verdict,aborted," +
	"error_source,error_type,error_message,error_where,error_integration"

func requestCells(r record.Request, loc *time.Location) []string {
	var ip, asn string
	if r.IP.IsValid() {
		ip = r.IP.String()
	}
	if r.ASN != 0 {
		asn = strconv.FormatUint(uint64(r.ASN), 10)
	}
	verdict := r.Verdict
	if verdict == "" {
		verdict = record.VerdictPass
	}
	var failure record.Failure
	if r.Error != nil {
		failure = *r.Error
	}
	return []string{
		stamp(r.Time, loc), r.Instance, ip, r.Method, r.Host, r.Path, r.Query,
		strconv.Itoa(r.Status), strconv.FormatInt(r.Bytes, 10), strconv.FormatInt(r.BytesIn, 10),
		strconv.FormatFloat(float64(r.Duration.Microseconds())/1000, 'f', -1, 64), r.Proto,
		r.UserAgent, r.Browser, r.OS, r.Referer, r.User, r.Country, asn, r.ASOrg,
		r.RequestID, string(verdict), strconv.FormatBool(r.Aborted),
		failure.Source, failure.Type, failure.Message, failure.Where, failure.Integration,
	}
}

func stamp(t time.Time, loc *time.Location) string {
	if t.IsZero() {
		return ""
	}
	return t.In(loc).Format(time.RFC3339Nano)
}

// plainCell keeps a cell from being anything but text. A spreadsheet takes
// one for a formula by its first character, also after spaces and in full
// width (OWASP, CSV injection); a quote in front prevents it. The quote comes
// first: once made visible, a leading tab would no longer be recognized.
func plainCell(s string) string {
	first, _ := utf8.DecodeRuneInString(strings.TrimLeft(s, " \u00a0\u3000"))
	if strings.ContainsRune("=+-@\t\r\n＝＋－＠", first) {
		s = "'" + s
	}
	return visible(s)
}
