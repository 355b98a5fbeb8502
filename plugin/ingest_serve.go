package plugin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"

	"github.com/gatebook/gatebook/plugin/appevent"
	"github.com/gatebook/gatebook/plugin/console/problem"
	"github.com/gatebook/gatebook/plugin/logs"
	"github.com/gatebook/gatebook/plugin/request"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/applog"
)

// ingestTimeout is how long a job waits for the disk; then it is asked to come again.
// A job has more time than a person who waits for a page.
const ingestTimeout = 10 * time.Second

// retryAfter is when to come again, in seconds: the store itself is tried again
// as often.
const retryAfter = "5"

// What became of an event.
const (
	ingestStored    = "stored"
	ingestDuplicate = "duplicate"
	ingestRejected  = "rejected"
)

// ingestResult is what became of one event; what it has not is null.
type ingestResult struct {
	ID     *string `json:"id"`
	Status string  `json:"status"`
	Seq    *uint64 `json:"seq"`
	Error  *string `json:"error"`
}

// ServeHTTP takes the events of a request.
func (i *Ingest) ServeHTTP(w http.ResponseWriter, r *http.Request, _ caddyhttp.Handler) error {
	results, err := i.take(w, r)
	if err != nil {
		i.refuse(w, r, err)
		return nil
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	answer := struct {
		Results []ingestResult `json:"results"`
	}{results}
	// An error here says that there is nobody left to tell.
	_ = json.NewEncoder(w).Encode(answer)
	return nil
}

// take stores what a request brings, and returns when it is on the disk.
func (i *Ingest) take(w http.ResponseWriter, r *http.Request) ([]ingestResult, error) {
	if !i.admits(r) {
		w.Header().Set("WWW-Authenticate", `Bearer realm="gatebook_ingest"`)
		return nil, &appevent.BodyError{Status: http.StatusUnauthorized, Reason: "The token is missing or wrong. Send the header Authorization: Bearer, a blank, and the token of this gatebook_ingest directive."}
	}
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return nil, &appevent.BodyError{Status: http.StatusMethodNotAllowed, Reason: "Send events with POST."}
	}
	form, err := appevent.FormOf(r.Header)
	if err != nil {
		// RFC 9110, section 15.5.16.
		w.Header().Set("Accept", appevent.BodyTypes)
		w.Header().Set("Accept-Encoding", "identity")
		return nil, err
	}
	body, err := readEvents(w, r)
	if err != nil {
		return nil, err
	}
	from := ingestOrigin(r)
	items, err := form.Parse(body, r.Header, from)
	if err != nil {
		return nil, err
	}
	return i.store(r.Context(), items, from)
}

func readEvents(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	tooLarge := &appevent.BodyError{
		Status: http.StatusRequestEntityTooLarge,
		Reason: fmt.Sprintf("A body has at most %d bytes. Nothing was stored. Send the events in several requests.", appevent.MaxBody),
	}
	if r.ContentLength > appevent.MaxBody {
		return nil, tooLarge
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, appevent.MaxBody))
	if _, over := errors.AsType[*http.MaxBytesError](err); over {
		return nil, tooLarge
	}
	if err != nil {
		return nil, &appevent.BodyError{Status: http.StatusBadRequest, Reason: "The body did not come to its end. Nothing was stored. Send it again."}
	}
	return body, nil
}

// ingestOrigin leaves out status and method: no request is told about, one only
// tells.
func ingestOrigin(r *http.Request) appevent.Origin {
	from := appevent.Origin{Now: time.Now(), Route: r.URL.Path, Host: r.Host}
	if original, ok := r.Context().Value(caddyhttp.OriginalRequestCtxKey).(http.Request); ok && original.URL != nil {
		from.Route = original.URL.Path
	}
	if recorded := request.Of(r); recorded != nil {
		from.RequestID = recorded.ID()
	}
	return from
}

// store writes what was read and an entry for what was refused, and says what
// became of each.
func (i *Ingest) store(ctx context.Context, items []appevent.Item, from appevent.Origin) ([]ingestResult, error) {
	var events []record.Event
	for _, item := range items {
		if item.Rejected == nil {
			events = append(events, item.Event)
		}
	}
	rejected, count := appevent.Rejections(items)
	for _, no := range rejected {
		events = append(events, no.Event(from))
	}
	appended, err := i.append(ctx, events, count)
	if err != nil {
		return nil, err
	}
	results := make([]ingestResult, len(items))
	for n := range items {
		results[n] = resultOf(&items[n])
		if items[n].Rejected != nil {
			continue
		}
		results[n].Seq = &appended[0].Seq
		if appended[0].Duplicate {
			results[n].Status = ingestDuplicate
		}
		appended = appended[1:]
	}
	return results, nil
}

// resultOf says what is known of an event before it is stored.
func resultOf(item *appevent.Item) ingestResult {
	result := ingestResult{Status: ingestStored}
	if item.Event.ID != "" {
		result.ID = &item.Event.ID
	}
	if no := item.Rejected; no != nil {
		result.Status = ingestRejected
		reason := fmt.Sprintf("%s (byte %d of the body)", no.Reason, no.Offset)
		result.Error = &reason
	}
	return result
}

func (i *Ingest) append(ctx context.Context, events []record.Event, rejected int) ([]applog.Appended, error) {
	in, err := i.app.instance(i.Instance)
	if err != nil {
		return nil, err
	}
	l := in.ref.Wait()
	if l == nil {
		return nil, logs.ErrNotOpen
	}
	// A job that leaves may have done so because it waited long enough; what it
	// sent is stored all the same, and recognized by its id when it comes again.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), ingestTimeout)
	defer cancel()
	return l.Append(ctx, events, rejected)
}

// refuse answers with a problem. What is not the job's own mistake is the
// store's, and will pass.
func (i *Ingest) refuse(w http.ResponseWriter, r *http.Request, err error) {
	own, ok := errors.AsType[*appevent.BodyError](err)
	if !ok {
		w.Header().Set("Retry-After", retryAfter)
		own = &appevent.BodyError{
			Status: http.StatusServiceUnavailable,
			Reason: "The application log cannot be written now. Send the same body again later: an event that has an id is stored once, however often it comes.",
		}
	}
	i.discardBody(r)
	if err := problem.Write(w, problem.New(own.Status, own.Reason)); err != nil {
		i.log.Error("answering a job", zap.Error(err))
	}
}

// maxDiscarded is how much is read of a body that is not used.
const maxDiscarded = 32 << 20

// discardBody reads what is left of a refused body. Many clients read no response before
// they have sent everything, and would see a broken connection only. It does not read
// the body of a client that waits to be asked for it, or that has no token.
func (i *Ingest) discardBody(r *http.Request) {
	if r.Header.Get("Expect") != "" || !i.admits(r) {
		return
	}
	_, _ = io.CopyN(io.Discard, r.Body, maxDiscarded) // why it ends matters to nobody
}
