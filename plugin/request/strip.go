package request

import (
	"io"
	"net/http"

	"github.com/gatebook/gatebook/plugin/appevent"
)

// Strip removes a client's own X-App-Event and X-App-Error from r, so that no
// application trusts them.
func Strip(r *http.Request) {
	appevent.StripRequest(r.Header)
	if r.Trailer == nil || r.Body == nil {
		return
	}
	// Until the body has been read there are only the names of the trailers; then
	// the server sets their values, which a proxy passes on at once.
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
