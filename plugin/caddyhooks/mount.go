package caddyhooks

import (
	"strings"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// Mount is where a handler is reached: the hosts and paths of the outermost routes
// around it that have such matchers. An empty list stands for all.
type Mount struct {
	Hosts, Paths []string
	// Authenticated reports whether an authentication handler of Caddy is in front of
	// it.
	Authenticated bool
}

// within returns the mount of what is in a route.
func (m Mount) within(route caddyhttp.Route) Mount {
	if len(m.Hosts) == 0 {
		m.Hosts = patterns(route, func(matcher any) []string {
			switch hosts := matcher.(type) {
			case *caddyhttp.MatchHost:
				return *hosts
			case caddyhttp.MatchHost:
				return hosts
			}
			return nil
		})
	}
	if len(m.Paths) == 0 {
		m.Paths = patterns(route, func(matcher any) []string {
			switch paths := matcher.(type) {
			case *caddyhttp.MatchPath:
				return *paths
			case caddyhttp.MatchPath:
				return paths
			}
			return nil
		})
	}
	return m
}

// patterns returns the patterns of a route's matchers of one kind, nil if one of its
// sets has none.
func patterns(route caddyhttp.Route, of func(matcher any) []string) (all []string) {
	for _, set := range route.MatcherSets {
		var found []string
		for _, matcher := range set {
			found = append(found, of(matcher)...)
		}
		if len(found) == 0 {
			return nil
		}
		all = append(all, found...)
	}
	return all
}

// Has reports whether the mount may be reached at a host, which may have a port, and a
// decoded path. It is generous: of a pattern only what precedes the first * counts,
// and a path that differs in a slash at the end belongs to it.
func (m Mount) Has(host, path string) bool {
	return hasAny(m.Hosts, func(pattern string) bool {
		return strings.ContainsAny(pattern, "*{") || strings.EqualFold(pattern, withoutPort(host))
	}) && hasAny(m.Paths, func(pattern string) bool {
		prefix, _, _ := strings.Cut(pattern, "*")
		prefix = strings.TrimSuffix(prefix, "/")
		return len(path) >= len(prefix) && strings.EqualFold(path[:len(prefix)], prefix)
	})
}

func hasAny(patterns []string, fits func(string) bool) bool {
	for _, pattern := range patterns {
		if fits(pattern) {
			return true
		}
	}
	return len(patterns) == 0
}

func withoutPort(host string) string {
	if i := strings.LastIndexByte(host, ':'); i > strings.LastIndexByte(host, ']') {
		host = host[:i]
	}
	return strings.Trim(host, "[]")
}
