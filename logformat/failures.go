package logformat

import (
	"strconv"
	"time"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/display"
)

var failureList = &list[record.FailureGroup]{
	kind: "errors",
	columns: []column{
		{title: "Count", right: true}, {title: "First", zoned: true}, {title: "Last"}, {title: "Source"},
		{title: "Type", max: 40}, {title: "Where", max: 50}, {title: "Integration", max: 20}, {title: "Route", max: 60},
	},
	cells:  failureCells,
	header: display.FailureHeader,
	csv:    display.FailureRow,
	in:     record.FailureGroup.In,
}

func failureCells(g *record.FailureGroup, loc *time.Location) []string {
	return []string{
		strconv.FormatUint(g.Count, 10), clock(g.First, loc), clock(g.Last, loc), g.Source,
		g.Type, g.Where, g.Integration, g.Route,
	}
}
