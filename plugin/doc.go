// Package plugin has the Caddy modules: their settings, their Caddyfile syntax and
// the admin endpoint. Packages below it do the work: request handles a request, logs
// holds the open logs, detection finds abuse, console serves the pages. Most of them
// need no Caddy; this package connects them.
package plugin
