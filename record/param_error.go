package record

import (
	"errors"
	"fmt"
)

// ErrNotFound reports that a record does not exist.
var ErrNotFound = errors.New("not found")

// ParamError reports which parameter of a request is invalid, and why. It is a
// mistake of the caller, and its text is meant for the caller.
type ParamError struct {
	Param  string
	Value  string
	Reason Reason
}

// Invalid makes a [ParamError] of a code and the arguments of its text.
func Invalid(param, value string, code Code, args ...any) *ParamError {
	return &ParamError{Param: param, Value: value, Reason: code.With(args...)}
}

func (e *ParamError) Error() string { return e.Text(e.Reason.Error()) }

// Text returns the message with the reason in other words, such as a translation.
func (e *ParamError) Text(reason string) string {
	if e.Value == "" {
		return fmt.Sprintf("%s: %s", e.Param, reason)
	}
	return fmt.Sprintf("%s %q: %s", e.Param, Cut(e.Value, 64), reason)
}

// Unwrap returns the reason, so that errors.As finds it.
func (e *ParamError) Unwrap() error { return e.Reason }

// Reason says why a value is invalid: a code, and the arguments of the code's
// text.
type Reason struct {
	Code Code
	Args []any
}

// With returns the reason of this code with the arguments of its text.
func (c Code) With(args ...any) Reason { return Reason{c, args} }

// Error is the reason in English.
func (r Reason) Error() string { return fmt.Sprintf(r.Code.Text(), r.Args...) }

// Text returns the English text of a code, a format for fmt.Sprintf. A translation
// must take the same arguments in the same order.
func (c Code) Text() string {
	if text, ok := codeTexts[c]; ok {
		return text
	}
	return string(c)
}

// Interface guards
var (
	_ error = (*ParamError)(nil)
	_ error = Reason{}
)
