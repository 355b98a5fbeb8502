package logformat_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/caddyserver/caddy/v2/modules/logging"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/gatebook/gatebook/logformat"
)

// What Caddy's own encoders write is read as what it was, in each format of times and
// durations.
func TestCaddysOwnEncoders(t *testing.T) {
	at, took := time.Date(2026, 11, 29, 2, 44, 51, 123_456_000, time.UTC), 87_654_321*time.Nanosecond
	for _, timeFormat := range []string{"", "unix_seconds_float", "unix_milli_float", "unix_nano", "iso8601", "rfc3339", "rfc3339_nano", "wall", "wall_milli", "wall_nano", "common_log"} {
		for _, durationFormat := range []string{"", "s", "ms", "ns", "string"} {
			c := logging.LogEncoderConfig{TimeFormat: timeFormat, DurationFormat: durationFormat}
			for name, line := range map[string]string{"json": encoded(t, &logging.JSONEncoder{LogEncoderConfig: c}, at, took), "console": encoded(t, &logging.ConsoleEncoder{LogEncoderConfig: c}, at, took)} {
				name += " " + timeFormat + " " + durationFormat
				d := logformat.Dialect{}
				if durationFormat == "ns" {
					d.Durations = time.Nanosecond
				}
				if err := d.Learn([]byte(line), '\n'); err != nil || d.Format != logformat.Caddy {
					t.Errorf("%s: %s %v", name, d.Format, err)
					continue
				}
				r, err := d.Parse([]byte(line))
				if err != nil {
					t.Errorf("%s: %v\n%s", name, err, line)
					continue
				}
				// Some formats have whole seconds or milliseconds.
				if off := r.Time.Add(r.Duration).Sub(at).Abs(); off >= time.Second || (took-r.Duration).Abs() >= time.Millisecond {
					t.Errorf("%s: %v, %v", name, r.Time, r.Duration)
				}
				if r.Address() != "203.0.113.7" || r.Target() != "/desks?day=mon" || r.Status != 200 || r.UserAgent != `Mozilla "x"` || r.Host != "example.com" {
					t.Errorf("%s: %+v", name, r)
				}
			}
		}
	}
}

// encoded is a line of Caddy's access log.
func encoded(t *testing.T, e interface {
	zapcore.Encoder
	Provision(caddy.Context) error
}, at time.Time, took time.Duration) string {
	t.Helper()
	if err := e.Provision(caddy.Context{}); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodGet, "http://example.com/desks?day=mon", nil)
	r.RequestURI, r.RemoteAddr = "/desks?day=mon", "203.0.113.7:41342"
	r.Header.Set("User-Agent", `Mozilla "x"`)
	r = r.WithContext(context.WithValue(r.Context(), caddyhttp.VarsCtxKey, map[string]any{caddyhttp.ClientIPVarKey: "203.0.113.7"}))
	line, err := e.EncodeEntry(zapcore.Entry{Time: at, LoggerName: "http.log.access", Message: "handled request"}, []zapcore.Field{
		zap.Object("request", caddyhttp.LoggableHTTPRequest{Request: r}),
		zap.Int("bytes_read", 0), zap.String("user_id", ""), zap.Duration("duration", took),
		zap.Int("size", 5), zap.Int("status", 200),
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(line.String())
}
