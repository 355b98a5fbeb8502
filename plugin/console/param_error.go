package console

import (
	"fmt"

	"github.com/gatebook/gatebook/record"
)

// sayReason translates why a parameter is invalid. Every code has a text in each
// language: TestReasonsAreKnown.
func (v *view) sayReason(r record.Reason) string { return v.say(r.Code.Text(), r.Args...) }

// sayWrongField is sayWrong for people who look at a search box, and do not know the
// parameter's name.
func (v *view) sayWrongField(wrong *record.ParamError) string {
	if wrong.Param == "q" && wrong.Value != "" {
		return fmt.Sprintf("%q %s.", record.Cut(wrong.Value, 64), v.sayReason(wrong.Reason))
	}
	return v.sayWrong(wrong)
}

// sayWrong translates the message of an invalid parameter.
func (v *view) sayWrong(wrong *record.ParamError) string {
	return wrong.Text(v.sayReason(wrong.Reason))
}
