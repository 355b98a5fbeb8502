package console

import (
	"net/http"
	"net/url"
)

// readForm reads a small form of this console.
func readForm(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := r.ParseForm(); err != nil {
		return nil, &statusError{status: http.StatusBadRequest, detail: translatable("The form cannot be read.")}
	}
	return r.PostForm, nil
}

func seeOther(w http.ResponseWriter, address string) {
	w.Header().Set("Location", address)
	w.WriteHeader(http.StatusSeeOther)
}
