package security_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/gatebook/gatebook/plugin/console"
	"github.com/gatebook/gatebook/plugin/console/consoletest"
	"github.com/gatebook/gatebook/record"
)

// TestMostErrors: a page with as many groups as there can be stays a page, and
// says that there may be more, however long their texts are.
func TestMostErrors(t *testing.T) {
	long := strings.Repeat("<x>", record.MaxText/3)
	source := &consoletest.Source{Zone: consoletest.Berlin(t)}
	for i := range record.MaxFailureGroups {
		source.RequestList = append(source.RequestList, record.Request{Time: consoletest.Now, Method: "GET", Path: fmt.Sprintf("/%d%s", i, long), Query: long, UserAgent: long, Status: 500})
	}
	w := consoletest.Get(consoletest.New(t, source, console.RoleSecurity), "/errors")
	body := w.Body.String()
	if w.Code != http.StatusOK || strings.Count(body, "Latest request") != record.MaxFailureGroups ||
		!strings.Contains(body, "1,000 different errors in the last 30 days, those that came last; choose a shorter time to see others.") {
		t.Errorf("status %d, %d groups, %.3000s", w.Code, strings.Count(body, "Latest request"), body)
	}
	if perRow := len(body) / record.MaxFailureGroups; perRow > 8<<10 {
		t.Errorf("%d bytes a row", perRow)
	}
}
