package plugin

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
)

// keeping is a configuration with the instance acme, in dir, that keeps requests for
// some days.
func keeping(dir string, days int) *App {
	in := newInstance("acme", dir, nil)
	in.settings.ServerLog = &ServerLogSettings{Retention: caddy.Duration(time.Duration(days) * day)}
	return &App{instances: map[string]*instance{"acme": in}}
}

// start brings a configuration into force until the test ends, and returns its
// instance.
func start(t *testing.T, app *App) *instance {
	t.Helper()
	in := app.instances["acme"]
	if err := in.open(slog.New(slog.DiscardHandler), &observer{emit: func(string, map[string]any) {}, instance: "acme"}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := in.ref.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := app.Handle(context.Background(), caddy.Event{}); err != nil {
		t.Fatal(err)
	}
	return in
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	timeout := time.After(30 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-timeout:
			t.Fatalf("waited in vain until %s", what)
		}
	}
}
