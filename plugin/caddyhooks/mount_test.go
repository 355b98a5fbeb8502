package caddyhooks

import "testing"

func TestMountHas(t *testing.T) {
	logs := Mount{Paths: []string{"/logs/*"}}
	for _, c := range []struct {
		m          Mount
		host, path string
		has        bool
	}{
		{Mount{}, "example.com", "/", true},
		{logs, "example.com", "/logs/api", true},
		{logs, "example.com", "/LOGS/", true},
		{logs, "example.com", "/logs", true},
		{logs, "example.com", "/log", false},
		{logs, "example.com", "/desks", false},
		{Mount{Hosts: []string{"admin.example.com"}}, "admin.example.com:8443", "/", true},
		{Mount{Hosts: []string{"admin.example.com"}}, "example.com", "/", false},
		{Mount{Hosts: []string{"::1"}}, "[::1]:80", "/", true},
		{Mount{Hosts: []string{"*.example.com"}, Paths: []string{"/logs"}}, "a.example.com", "/logs", true},
	} {
		if got := c.m.Has(c.host, c.path); got != c.has {
			t.Errorf("%+v has %s%s: %v", c.m, c.host, c.path, got)
		}
	}
}
