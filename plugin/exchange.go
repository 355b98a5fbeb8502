package plugin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/plugin/appevent"
	"github.com/gatebook/gatebook/plugin/caddyhooks"
	"github.com/gatebook/gatebook/plugin/detection"
	"github.com/gatebook/gatebook/plugin/logs"
	"github.com/gatebook/gatebook/plugin/recorder"
	"github.com/gatebook/gatebook/record"
)

// exchange is one request on its way through the gate, and its response. There
// is one for every request, and a test holds its size: what few requests need
// stands in [told].
type exchange struct {
	recorder.Recorder

	// books are nil when they did not open in time.
	books *books
	// client is the client's address, as Caddy has it.
	client string
	// session is a hash of the application's session cookie, 0 for none.
	session uint64
	told    *told
	state   atomic.Uint32
	// place is where it is among the requests in flight.
	place  logs.Place
	skip   bool
	origin detection.Origin
	// cached says that a cache replays the response and its events.
	cached bool
	// discreet says that whom a query names is left out, and the referer's, which is
	// that of the page before: admins search for people, whom erasing from the
	// application log does not take out of the server log.
	discreet atomic.Bool
}

// told is what an exchange has beyond what every one has.
type told struct {
	// requestID is made when something has to be joined with the request.
	requestID string
	failure   *record.Failure
	// verdict is that of the detector; "" means that the request may pass.
	verdict record.Verdict
}

// tells makes room for what is told.
func (x *exchange) tells() *told {
	if x.told == nil {
		x.told = new(told)
	}
	return x.told
}

// The states of an exchange. Whoever moves it to recorded records it.
const (
	serving   uint32 = iota
	deferred         // a handler failed; the server's error routes come next
	abandoned        // they never came
	recorded         // it is in the server log
)

// exchangeKey finds the exchange in the request's variables, which the error
// routes share.
const exchangeKey = "gatebook.exchange"

func exchangeOf(r *http.Request) *exchange {
	x, _ := caddyhttp.GetVar(r.Context(), exchangeKey).(*exchange)
	return x
}

func begin(h *Handler, w http.ResponseWriter, r *http.Request) *exchange {
	x := &exchange{books: h.instance.wait(), skip: h.instance.skips(r.URL.Path)}
	x.client, _ = caddyhttp.GetVar(r.Context(), caddyhttp.ClientIPVarKey).(string)
	x.origin = originOf(r, x.client)
	if x.books == nil {
		h.instance.missed.Add(1)
		h.log.Error("the books did not open in time; a request goes on unrecorded", zap.String("instance", h.Instance))
	}
	x.Start(w, r, x, time.Now())
	x.CountBody(r)
	if x.books != nil {
		x.books.inFlight.Enter(x, &x.place)
	}
	caddyhttp.SetVar(r.Context(), exchangeKey, x)
	return x
}

// refusal is what a request on a strict path is answered while its events
// could not be stored: before the application acts, never after.
func (x *exchange) refusal(in *instance, r *http.Request) error {
	if !in.strict(r.URL.Path) {
		return nil
	}
	reason := errNotOpen
	if x.books != nil {
		reason = x.books.down()
	}
	if reason == nil {
		return nil
	}
	return caddyhttp.Error(http.StatusServiceUnavailable, fmt.Errorf("strict path while the application log cannot be written: %w", reason))
}

var errNotOpen = errors.New("the books are not open")

// BeforeHeader strips what the application told from every header, and stores
// the events of the final one before the first byte goes out.
func (x *exchange) BeforeHeader(status int, h http.Header) {
	events, failures := appevent.Take(h)
	if status >= 200 || status == http.StatusSwitchingProtocols {
		x.cached = x.cached || cached(h)
		x.tell(events, failures, status, false)
	}
}

// cached reports whether a cache between gate and application answered from
// what it had (RFC 9111, section 5.1; RFC 9211, section 2.1).
func cached(h http.Header) bool {
	if age := h["Age"]; len(age) > 0 && strings.Trim(age[0], " 0") != "" {
		return true
	}
	for _, v := range h["Cache-Status"] {
		for param := range strings.FieldsFuncSeq(v, func(r rune) bool { return r == ';' || r == ',' }) {
			if strings.TrimSpace(param) == "hit" {
				return true
			}
		}
	}
	return false
}

// end looks after what is left when the handlers have returned err, and
// records the request unless error routes come next.
func (x *exchange) end(r *http.Request, err error) error {
	gone := r.Context().Err()
	if err == nil && gone == nil && !x.WroteHeader() && !x.Hijacked() {
		// The server would write this by itself, but ask nobody.
		x.WriteHeader(http.StatusOK)
	}
	status := x.Status()
	if err != nil {
		x.fail(err)
		if status == 0 {
			status = errorStatus(err)
		}
	}
	// Trailers, and what a failed handler left for an error page to send.
	events, failures := appevent.TakeTrailers(x.Header())
	x.tell(events, failures, status, x.WroteHeader())
	if err != nil && !x.WroteHeader() && caddyhooks.HasErrorRoutes(r) {
		x.deferToErrorRoutes(r, status)
		return err
	}
	x.record(r, recorder.End{Now: time.Now(), Status: statusOf(err), ContextErr: gone})
	return err
}

// unwind records a request whose handler panicked. It does not recover: the
// panic is how Caddy closes the connection of an aborted response.
func (x *exchange) unwind(r *http.Request) {
	if x.state.Load() == serving {
		appevent.TakeTrailers(x.Header())
		end := recorder.End{Now: time.Now(), ContextErr: r.Context().Err(), Panicked: true}
		if x.told != nil && x.told.verdict == record.VerdictBan {
			end.Status = http.StatusForbidden // `on_banned abort` is no failure of anybody
		}
		x.record(r, end)
	}
}

// judged is a request that is over, as the log and the detector see it.
type judged struct {
	record.Request
	seen abuse.Request
}

// requests are reused: a record is copied into the queue before it is put back.
var requests = sync.Pool{New: func() any { return new(judged) }}

// record puts the request into the server log, once. It needs asked for what
// other handlers found out about it.
func (x *exchange) record(asked *http.Request, end recorder.End) {
	if x.state.Swap(recorded) == recorded || x.books == nil {
		return
	}
	defer x.books.inFlight.Leave(&x.place)
	r := requests.Get().(*judged)
	r.Request = record.Request{IP: clientIP(x.client), User: userID(asked.Context())}
	if x.told != nil {
		r.RequestID, r.Error, r.Verdict = x.told.requestID, x.told.failure, x.told.verdict
	}
	x.Finish(&r.Request, end)
	x.leaveOut(&r.Request)
	x.learn(asked, r)
	if !x.skip { // what is not recorded is protected all the same
		x.books.record(&r.Request)
	}
	requests.Put(r)
}

// learn passes the finished request to the detector.
func (x *exchange) learn(asked *http.Request, r *judged) {
	if x.origin == detection.FromProxy {
		return
	}
	r.seen = detection.RequestOf(asked, &r.Request, x.session, x.origin)
	x.books.detection.Observe(&r.seen)
}

// Interrupt records a request that is cut off while its handlers are at work.
// It touches nothing that they may be writing.
func (x *exchange) Interrupt() {
	if x.state.Swap(recorded) == recorded || x.skip {
		return
	}
	var r record.Request
	x.Recorder.Interrupt(&r, time.Now())
	r.IP = clientIP(x.client)
	x.leaveOut(&r)
	x.books.record(&r)
}

func (x *exchange) leaveOut(r *record.Request) {
	if x.discreet.Load() {
		r.Query, r.Referer = withoutNames(r.Query), withoutNames(r.Referer)
	}
}

// withoutNames is a query, or an address with one, without the values that name
// somebody: whom to search for, and a search for an e-mail address.
func withoutNames(query string) string {
	if !strings.ContainsAny(query, "=") {
		return query
	}
	start := strings.IndexByte(query, '?') + 1
	parts := strings.Split(query[start:], "&")
	for i, part := range parts {
		name, value, _ := strings.Cut(part, "=")
		plain, err := url.QueryUnescape(value)
		person := err != nil || strings.ContainsAny(plain, "@") || strings.Contains(plain, "initiator:") || strings.Contains(plain, "subject:")
		if name == "initiator" || name == "subject" || person {
			parts[i] = name + "="
		}
	}
	return query[:start] + strings.Join(parts, "&")
}

// asClient returns the client as the detector knows it, on a path.
func (x *exchange) asClient(path string) abuse.Client {
	return abuse.Client{Addr: clientIP(x.client), UserAgent: x.UserAgent(), Session: x.session, Path: path}
}

// originOf returns who caused r.
func originOf(r *http.Request, client string) detection.Origin {
	trusted, _ := caddyhttp.GetVar(r.Context(), caddyhttp.TrustedProxyVarKey).(bool)
	return detection.OriginOf(r, client, trusted)
}

// clientIP is the client as trusted_proxies decide, or the zero Addr.
func clientIP(client string) netip.Addr {
	addr, err := netip.ParseAddr(client)
	if err != nil {
		// A unix socket has no address; X-Forwarded-For may hold anything.
		return netip.Addr{}
	}
	return addr.Unmap().WithZone("")
}

// userID is whom the site's authentication let in, or "".
func userID(ctx context.Context) string {
	repl, ok := ctx.Value(caddy.ReplacerCtxKey).(*caddy.Replacer)
	if !ok {
		return ""
	}
	id, _ := repl.GetString("http.auth.user.id")
	return record.Cut(id, record.MaxText)
}

// Interface guards
var (
	_ http.ResponseWriter = (*exchange)(nil)
	_ recorder.HeaderHook = (*exchange)(nil)
	_ logs.Request        = (*exchange)(nil)
)
