package view

import (
	"net/http"
	"net/url"

	"github.com/gatebook/gatebook/plugin/console/locale"
	"github.com/gatebook/gatebook/plugin/console/problem"
)

// ReadForm reads a small form of this console.
func ReadForm(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := r.ParseForm(); err != nil {
		return nil, &problem.Error{Status: http.StatusBadRequest, Detail: locale.Text("The form cannot be read.")}
	}
	return r.PostForm, nil
}

// SeeOther leads to another page after a form was sent.
func SeeOther(w http.ResponseWriter, address string) {
	w.Header().Set("Location", address)
	w.WriteHeader(http.StatusSeeOther)
}
