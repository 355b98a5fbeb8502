package plugin

import (
	"context"
	"errors"
	"fmt"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyevents"
)

func (a *App) subscribe(ctx caddy.Context) error {
	val, err := ctx.App("events")
	if err != nil {
		return fmt.Errorf("loading the events app: %w", err)
	}
	a.events = val.(*caddyevents.App)
	return errors.Join(a.events.On("started", a), a.events.On("stopping", a))
}

// Handle handles the event that the configuration has come into force, or is about to
// stop.
func (a *App) Handle(_ context.Context, e caddy.Event) error {
	if e.Name() == "stopping" {
		a.stop()
		return nil
	}
	for _, in := range a.instances {
		in.ref.SetInForce()
	}
	return nil
}

// Interface guards
var _ caddyevents.Handler = (*App)(nil)
