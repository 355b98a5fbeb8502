package request

import (
	"context"
	"net/http"
	"net/netip"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/gatebook/gatebook/plugin/detection"
	"github.com/gatebook/gatebook/record"
)

// clientVar returns the client of r as Caddy determined it by trusted_proxies.
func clientVar(r *http.Request) string {
	client, _ := caddyhttp.GetVar(r.Context(), caddyhttp.ClientIPVarKey).(string)
	return client
}

// ClientIP returns the address of the client, or the zero Addr.
func ClientIP(r *http.Request) netip.Addr { return parseClient(clientVar(r)) }

func parseClient(client string) netip.Addr {
	addr, err := netip.ParseAddr(client)
	if err != nil {
		// A unix socket has no address; X-Forwarded-For may hold anything.
		return netip.Addr{}
	}
	return addr.Unmap().WithZone("")
}

// OriginOf returns who caused r.
func OriginOf(r *http.Request) detection.Origin { return originOf(r, clientVar(r)) }

func originOf(r *http.Request, client string) detection.Origin {
	trusted, _ := caddyhttp.GetVar(r.Context(), caddyhttp.TrustedProxyVarKey).(bool)
	return detection.OriginOf(r, client, trusted)
}

// userID returns the user whom the site authenticated, or "".
func userID(ctx context.Context) string {
	repl, ok := ctx.Value(caddy.ReplacerCtxKey).(*caddy.Replacer)
	if !ok {
		return ""
	}
	id, _ := repl.GetString("http.auth.user.id")
	return record.Cut(id, record.MaxText)
}
