package console

import (
	"fmt"

	"github.com/gatebook/gatebook/record"
)

// reasonText translates why a parameter is invalid. Every code has a text in each
// language: TestReasonsAreKnown.
func (v *view) reasonText(r record.Reason) string { return v.translate(r.Code.Text(), r.Args...) }

// fieldErrorText is errorText without the parameter's name, for users of a search
// box.
func (v *view) fieldErrorText(invalid *record.ParamError) string {
	if invalid.Param == "q" && invalid.Value != "" {
		return fmt.Sprintf("%q %s.", record.Cut(invalid.Value, 64), v.reasonText(invalid.Reason))
	}
	return v.errorText(invalid)
}

// errorText translates a validation error.
func (v *view) errorText(invalid *record.ParamError) string {
	return invalid.Text(v.reasonText(invalid.Reason))
}
