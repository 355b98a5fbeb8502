package console

import (
	"net/http"
	"strings"

	"github.com/gatebook/gatebook/plugin/console/locale"
)

// ServeHTTP serves pages, static files and the API. The path of r is relative
// to the mount point and starts with "/".
func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, "/")
	if api, ok := strings.CutPrefix(path, "api/v1/"); ok {
		c.ServeAPI(w, r, api)
		return
	}
	setSecurityHeaders(w.Header())
	v := c.newPageView(r)
	if err := c.serve(v, w, r, pageRoutes, path); err != nil {
		v.WriteErrorPage(w, r, err)
	}
}

// ServeAPI serves the API alone. The path is what follows "/api/v1/", such as
// "events/45886"; that of r is not looked at.
func (c *Console) ServeAPI(w http.ResponseWriter, r *http.Request, path string) {
	setSecurityHeaders(w.Header())
	v := c.newView(locale.English)
	if err := c.serve(v, w, r, apiRoutes, path); err != nil {
		v.WriteProblem(w, r, err)
	}
}

// setSecurityHeaders sets what every answer carries, whatever it is. Data
// must stay in no cache; static files loosen that for themselves.
func setSecurityHeaders(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

// Interface guard
var _ http.Handler = (*Console)(nil)
