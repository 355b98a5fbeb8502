package console

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

// explain turns err into what the asker may know. An error that is not the
// asker's own is reported and kept to ourselves.
func (v *view) explain(err error) problem.Problem {
	var param *record.ParamError
	var status *problem.Error
	switch {
	case errors.As(err, &param):
		p := problem.New(http.StatusBadRequest, v.errorText(param))
		p.Param = param.Param
		return p
	case errors.As(err, &status):
		return problem.New(status.Status, v.translate(status.Detail, status.Args...))
	case errors.Is(err, record.ErrNotStoredYet):
		v.Report(err)
		return problem.New(http.StatusServiceUnavailable, v.translate(notStoredYet))
	case errors.Is(err, record.ErrNotFound):
		return problem.New(http.StatusNotFound, v.translate("There is no such entry. It may have been deleted because it was too old."))
	}
	v.Report(err)
	return problem.New(http.StatusInternalServerError, v.translate("The log could not be read. The server's own log says why."))
}

// notStoredYet is the answer to a decision while the disk is full.
var notStoredYet = locale.Text("It holds, but could not be stored yet: a restart would forget it. The gate tries again; its own log says why.")

// gone reports whether the asker has left, so that an answer would reach
// nobody and the error is only an echo of that.
func gone(r *http.Request) bool { return errors.Is(r.Context().Err(), context.Canceled) }

func (v *view) writeProblem(w http.ResponseWriter, r *http.Request, err error) {
	if gone(r) {
		return
	}
	if err := problem.Write(w, v.explain(err)); err != nil {
		v.Report(err)
	}
}

func (v *view) writeErrorPage(w http.ResponseWriter, r *http.Request, err error) {
	if gone(r) {
		return
	}
	p := v.explain(err)
	page := struct {
		layout
		Detail string
	}{v.newLayout(v.translate(p.Title), "none"), display.Visible(p.Detail)}
	if err := v.render(w, p.Status, errorTemplate, page); err != nil {
		v.Report(err)
		http.Error(w, p.Title, p.Status)
	}
}

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
