package plugin

import (
	"cmp"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2"

	"github.com/gatebook/gatebook/plugin/caddyhooks"
)

// declare registers an instance and where it was declared. Several places may
// declare one as long as their settings agree; empty settings agree with all.
func (a *App) declare(name, where string, settings Settings) (*instance, error) {
	if err := validInstance(name); err != nil {
		return nil, err
	}
	if err := settings.validate(); err != nil {
		return nil, fmt.Errorf("instance %q: %w", name, err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	in := a.instances[name]
	if in == nil {
		in = newInstance(name, filepath.Join(a.DataDir, name), a.stopping)
		a.instances[name] = in
	}
	return in, in.configure(where, settings)
}

// instance finds a declared instance; an empty name means the only one.
func (a *App) instance(name string) (*instance, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	name, err := choose(name, slices.Sorted(maps.Keys(a.instances)))
	return a.instances[name], err
}

// declared lists the instances of the whole configuration while it is being
// provisioned. A console may come before the handlers that declare instances.
func (a *App) declared(ctx caddy.Context) []string {
	names := map[string]bool{}
	a.mu.Lock()
	for name := range a.instances {
		names[name] = true
	}
	a.mu.Unlock()
	for _, handler := range caddyhooks.PendingHandlers(ctx, "gatebook") {
		name, _ := handler["instance"].(string)
		names[cmp.Or(name, DefaultInstance)] = true
	}
	return slices.Sorted(maps.Keys(names))
}

// choose finds name among the declared instances; an empty one means the only
// one.
func choose(name string, declared []string) (string, error) {
	switch {
	case name == "" && len(declared) == 1:
		return declared[0], nil
	case name == "":
		return "", fmt.Errorf("no instance is named and %d are declared (%s); name one of them", len(declared), strings.Join(declared, ", "))
	case !slices.Contains(declared, name):
		return "", fmt.Errorf("instance %q is not declared by any gatebook directive; declared: %s", name, strings.Join(declared, ", "))
	}
	return name, nil
}
