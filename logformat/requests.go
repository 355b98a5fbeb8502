package logformat

import (
	"strconv"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/display"
)

var requestList = &list[record.Request]{
	kind: "requests",
	columns: []column{
		{title: "Time", zoned: true}, {title: "IP"}, {title: "Method", max: 10}, {title: "Path", max: 60},
		{title: "Status", right: true}, {title: "Bytes", right: true},
		{title: "Browser", max: 24}, {title: "Country", max: 7}, {title: "Verdict", max: 8},
	},
	cells:  requestCells,
	header: display.RequestHeader,
	csv:    display.RequestRow,
	in:     record.Request.In,
}

func requestCells(r *record.Request, loc *time.Location) []string {
	return []string{
		clock(r.Time, loc), r.Address(), r.Method, r.Target(),
		strconv.Itoa(r.Status), strconv.FormatInt(r.Bytes, 10),
		r.Browser, r.Country, r.Verdict.String(),
	}
}
