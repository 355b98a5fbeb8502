package plugin

import (
	"errors"
	"testing"

	"github.com/caddyserver/caddy/v2"
)

func TestRegistryUnclosed(t *testing.T) {
	r := logRegistry{shared: caddy.NewUsagePool()}
	b := &books{dir: "acme"}
	if r.reuse("acme") != nil || r.find("acme") != nil || r.takeToClose(b) {
		t.Fatal("an empty registry has logs")
	}
	r.keepUnclosed(b)
	if r.find("acme") != nil {
		t.Error("unclosed logs are found by requests")
	}
	if r.reuse("acme") != b || r.find("acme") != b {
		t.Error("reused logs are not open")
	}
	if r.takeToClose(b) {
		t.Error("reused logs may be closed")
	}
	other := &books{dir: "acme"}
	r.remove(other)
	if r.find("acme") != b {
		t.Error("other logs of the directory were removed")
	}
	r.remove(b)
	if r.find("acme") != nil {
		t.Error("removed logs are found")
	}
	r.keepUnclosed(b)
	if !r.takeToClose(b) || r.reuse("acme") != nil {
		t.Error("logs that are being closed are reused")
	}
}

func TestRegistryOpenFails(t *testing.T) {
	r := logRegistry{shared: caddy.NewUsagePool()}
	damaged := errors.New("damaged")
	b, err := r.acquire("acme", func() (caddy.Destructor, error) { return nil, damaged })
	if b != nil || !errors.Is(err, damaged) {
		t.Errorf("got %v, %v", b, err)
	}
}
