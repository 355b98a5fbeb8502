package plugin

import (
	"io"
	"net/http"

	"github.com/gatebook/gatebook/plugin/appevent"
)

// stripRequest takes a client's own X-App-Event and X-App-Error out of r, so
// that nobody behind the gate believes them.
func stripRequest(r *http.Request) {
	appevent.StripRequest(r.Header)
	if r.Trailer == nil || r.Body == nil {
		return
	}
	// Until the body has been read there are only the trailers' names; the
	// server fills in whatever came then, and a proxy passes it on at once.
	appevent.StripRequest(r.Trailer)
	r.Body = &strippedBody{r.Body, r.Trailer}
}

type strippedBody struct {
	io.ReadCloser
	trailer http.Header
}

func (b *strippedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		appevent.StripRequest(b.trailer)
	}
	return n, err
}
