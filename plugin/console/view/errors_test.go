package view

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gatebook/gatebook/plugin/console/locale"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/query"
)

// TestReasonsAreKnown: what a page says of a wrong parameter is said in German.
func TestReasonsAreKnown(t *testing.T) {
	v := &View{Locale: locale.German}
	check := func(what string, err error) {
		var invalid *record.ParamError
		if !errors.As(err, &invalid) {
			t.Errorf("%s: %v", what, err)
		} else if said := v.ReasonText(invalid.Reason); said == invalid.Reason.Error() {
			t.Errorf("%s: %q is said in English", what, said)
		}
	}
	for _, text := range []string{
		"colour=red", "q=a&q=b", "limit=0", "outcome=x", "type=a+b", "category=No", "from=x", "from=2026-02-01&to=2026-01-01", "q=" + strings.Repeat("a", record.MaxText+1),
		"q=person:x", "q=type:", `q="`, "q=-after:7d", "q=after:x", "q=category:No", "q=type:$", "q=outcome:x", "q=" + strings.Repeat("a+", 40),
	} {
		values, err := url.ParseQuery(text)
		if err != nil {
			t.Fatal(err)
		}
		_, err = query.ParseEvents(values, time.Now(), time.UTC)
		check(text, err)
	}
	for _, text := range []string{"ip=x", "status=x", "asn=x", "verdict=x", "q=-a", "q=a+b", "q=ip:::1+ip:::2", "q=verdict:x"} {
		values, _ := url.ParseQuery(text)
		_, err := query.ParseRequests(values, time.Now(), time.UTC)
		check(text, err)
	}
	for _, settings := range []record.LogSettings{
		{}, {RetentionDays: 1, Timezone: "Nowhere"}, {RetentionDays: 1, RetentionDaysByCategory: map[string]int{"No": 1}},
	} {
		check(fmt.Sprint(settings), settings.Validate())
	}
	check("cursor", query.BadCursor("x"))
	check("limit", Refuse(url.Values{"limit": {"1"}}, record.NotOfPage, "limit"))
	if said := v.ReasonText(record.Undecidable.With("100%d of it")); said != "100%d of it" {
		t.Errorf("a reason with a text of its own became %q", said)
	}
}
