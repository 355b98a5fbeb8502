package view

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/gatebook/gatebook/plugin/console/locale"
	"github.com/gatebook/gatebook/plugin/console/problem"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/display"
)

// Explain turns err into an answer that the client may see. An error that the client
// did not cause is reported, and its text is not shown.
func (v *View) Explain(err error) problem.Problem {
	var param *record.ParamError
	var status *problem.Error
	switch {
	case errors.As(err, &param):
		p := problem.New(http.StatusBadRequest, v.ErrorText(param))
		p.Param = param.Param
		return p
	case errors.As(err, &status):
		return problem.New(status.Status, v.Translate(status.Detail, status.Args...))
	case errors.Is(err, record.ErrNotStoredYet):
		v.Report(err)
		return problem.New(http.StatusServiceUnavailable, v.Translate(NotStoredYet))
	case errors.Is(err, record.ErrNotFound):
		return problem.New(http.StatusNotFound, v.Translate("There is no such entry. It may have been deleted because it was too old."))
	}
	v.Report(err)
	return problem.New(http.StatusInternalServerError, v.Translate("The log could not be read. The server's own log says why."))
}

// NotStoredYet is the answer to a decision while the disk is full.
var NotStoredYet = locale.Text("It holds, but could not be stored yet: a restart would forget it. The gate tries again; its own log says why.")

// ClientLeft reports whether the client has closed the connection: nobody would
// read an answer, and the error is a consequence of that.
func ClientLeft(r *http.Request) bool { return errors.Is(r.Context().Err(), context.Canceled) }

// WriteProblem answers with err in JSON.
func (v *View) WriteProblem(w http.ResponseWriter, r *http.Request, err error) {
	if ClientLeft(r) {
		return
	}
	if err := problem.Write(w, v.Explain(err)); err != nil {
		v.Report(err)
	}
}

// WriteErrorPage answers with err on a page.
func (v *View) WriteErrorPage(w http.ResponseWriter, r *http.Request, err error) {
	if ClientLeft(r) {
		return
	}
	p := v.Explain(err)
	page := struct {
		Layout
		Detail string
		// LoggedOut says that the user may log in again.
		LoggedOut bool
	}{v.NewLayout(v.Translate(p.Title), "none"), display.Visible(p.Detail), p.Status == http.StatusUnauthorized}
	if page.LoggedOut {
		page.User, page.Nav = "", nil
	}
	if err := v.Render(w, p.Status, errorTemplate, page); err != nil {
		v.Report(err)
		http.Error(w, p.Title, p.Status)
	}
}

// ReasonText translates why a parameter is invalid. Every code has a text in each
// language: TestReasonsAreKnown.
func (v *View) ReasonText(r record.Reason) string { return v.Translate(r.Code.Text(), r.Args...) }

// fieldErrorText is errorText without the parameter's name, for users of a search
// box.
func (v *View) fieldErrorText(invalid *record.ParamError) string {
	if invalid.Param == "q" && invalid.Value != "" {
		return fmt.Sprintf("%q %s.", record.Cut(invalid.Value, 64), v.ReasonText(invalid.Reason))
	}
	return v.ErrorText(invalid)
}

// ErrorText translates a validation error.
func (v *View) ErrorText(invalid *record.ParamError) string {
	return invalid.Text(v.ReasonText(invalid.Reason))
}
