// Package logs holds the open logs of instances. During a reload two configurations
// run at once, so all configurations that name a directory share its logs: the first
// opens them, the last closes them. While they are open, a worker deletes and
// anonymizes what has expired, and the abuse detection sees every request.
//
// The package needs no Caddy; a configuration is known as a [Config].
package logs
