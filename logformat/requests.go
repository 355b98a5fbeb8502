package logformat

import (
	"strconv"
	"time"

	"github.com/gatebook/gatebook/record"
)

var requestList = &list[record.Request]{
	kind: "requests",
	columns: []column{
		{title: "Time"}, {title: "IP"}, {title: "Method", max: 10}, {title: "Path", max: 60},
		{title: "Status", right: true}, {title: "Bytes", right: true},
		{title: "Browser", max: 24}, {title: "Country", max: 7}, {title: "Verdict", max: 8},
	},
	cells: requestCells,
	fields: []string{
		"time", "instance", "ip", "method", "host", "path", "query", "status", "bytes", "bytes_in", "duration_ms", "proto",
		"user_agent", "browser", "os", "referer", "user", "country", "asn", "as_org", "request_id", "verdict", "aborted",
		"error_source", "error_type", "error_message", "error_where", "error_integration",
	},
	values: requestValues,
	in:     requestIn,
}

func requestCells(r *record.Request, loc *time.Location) []string {
	return []string{
		clock(r.Time, loc), address(r), r.Method, target(r),
		strconv.Itoa(r.Status), strconv.FormatInt(r.Bytes, 10),
		r.Browser, r.Country, string(verdict(r)),
	}
}

func requestValues(r *record.Request, loc *time.Location) []string {
	var asn string
	if r.ASN != 0 {
		asn = strconv.FormatUint(uint64(r.ASN), 10)
	}
	var failure record.Failure
	if r.Error != nil {
		failure = *r.Error
	}
	return []string{
		stamp(r.Time, loc), r.Instance, address(r), r.Method, r.Host, r.Path, r.Query,
		strconv.Itoa(r.Status), strconv.FormatInt(r.Bytes, 10), strconv.FormatInt(r.BytesIn, 10),
		strconv.FormatFloat(float64(r.Duration.Microseconds())/1000, 'f', -1, 64), r.Proto,
		r.UserAgent, r.Browser, r.OS, r.Referer, r.User, r.Country, asn, r.ASOrg,
		r.RequestID, string(verdict(r)), strconv.FormatBool(r.Aborted),
		failure.Source, failure.Type, failure.Message, failure.Where, failure.Integration,
	}
}

func requestIn(r record.Request, loc *time.Location) record.Request {
	r.Time = r.Time.In(loc)
	return r
}

func address(r *record.Request) string {
	if !r.IP.IsValid() {
		return ""
	}
	return r.IP.String()
}

func verdict(r *record.Request) record.Verdict {
	if r.Verdict == "" {
		return record.VerdictPass
	}
	return r.Verdict
}
