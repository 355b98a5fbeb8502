package console

import (
	"fmt"

	"github.com/gatebook/gatebook/record"
)

// sayReason translates why a parameter is invalid. Every code has a text in each
// language: TestReasonsAreKnown.
func (c *Console) sayReason(r record.Reason) string { return c.say(r.Code.Text(), r.Args...) }

// sayWrongField is sayWrong for people who look at a search box, and do not know the
// parameter's name.
func (c *Console) sayWrongField(wrong *record.ParamError) string {
	if wrong.Param == "q" && wrong.Value != "" {
		return fmt.Sprintf("%q %s.", record.Cut(wrong.Value, 64), c.sayReason(wrong.Reason))
	}
	return c.sayWrong(wrong)
}

// sayWrong translates the message of an invalid parameter.
func (c *Console) sayWrong(wrong *record.ParamError) string {
	return wrong.Text(c.sayReason(wrong.Reason))
}
