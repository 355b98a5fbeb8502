package request

import (
	"context"

	"github.com/caddyserver/caddy/v2"

	"github.com/gatebook/gatebook/plugin/appevent"
	"github.com/gatebook/gatebook/plugin/logs"
	"github.com/gatebook/gatebook/record"
)

// proxiedEvent is the placeholder with the events of the response as reverse_proxy
// got it, before it removes what Connection names, and what header_down does.
const proxiedEvent = "http.reverse_proxy.header." + appevent.EventHeader

// countRemoved counts the events that the application sent and that never came to the
// gate. It must be called when the handlers have returned.
func (q *Recorded) countRemoved(ctx context.Context) {
	if q.took || q.logs == nil {
		return
	}
	repl, ok := ctx.Value(caddy.ReplacerCtxKey).(*caddy.Replacer)
	if !ok {
		return
	}
	sent, _ := repl.GetString(proxiedEvent)
	if sent == "" {
		return
	}
	q.took = true // an error page must not count them again
	events, rejected := appevent.Parse([]string{sent}, appevent.Origin{}, appevent.DefaultLimits)
	q.logs.CountNotTaken(logs.Removed, max(1, len(events)+len(rejected)), q.route())
}

// route is the request's method, and its path without what names a single thing.
func (q *Recorded) route() string { return q.Method() + " " + record.Route(q.Path()) }
