package caddyhooks

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
)

func init() {
	caddy.RegisterModule(new(closing))
}

// closing is an app that prints when it is cleaned up, and when CloseLast calls
// its function.
type closing struct{}

func (*closing) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "closing", New: func() caddy.Module { return new(closing) }}
}

func (*closing) Start() error { return nil }
func (*closing) Stop() error  { return nil }

func (*closing) Cleanup() error {
	err := CloseLast(func() error {
		fmt.Println("closed")
		return nil
	})
	fmt.Println("cleaned up")
	return err
}

// TestCloseLast checks in a process of its own that Caddy calls exit functions
// after it has cleaned up the modules, and that a stop without an exit closes at
// once.
func TestCloseLast(t *testing.T) {
	for how, want := range map[string][]string{
		"stop": {"closed", "cleaned up"},
		"exit": {"cleaned up", "closed"},
	} {
		cmd := exec.Command(os.Args[0], "-test.run=^TestCloseLastProcess$")
		cmd.Env = append(os.Environ(), "CLOSE_LAST="+how)
		out, err := cmd.Output()
		if err != nil {
			t.Errorf("%s: %v", how, err)
		}
		lines := slices.DeleteFunc(strings.Split(string(out), "\n"), func(line string) bool {
			return line != "closed" && line != "cleaned up"
		})
		if !slices.Equal(lines, want) {
			t.Errorf("%s: %q, want %q", how, lines, want)
		}
	}
}

// TestCloseLastProcess is the process of TestCloseLast.
func TestCloseLastProcess(t *testing.T) {
	how := os.Getenv("CLOSE_LAST")
	if how == "" {
		return
	}
	err := caddy.Run(&caddy.Config{
		Admin:   &caddy.AdminConfig{Disabled: true, Config: &caddy.ConfigSettings{Persist: new(bool)}},
		AppsRaw: caddy.ModuleMap{"closing": []byte("{}")},
	})
	if err != nil {
		t.Fatal(err)
	}
	if how == "stop" {
		err = caddy.Stop()
	} else {
		err = exitByCaddy()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// exitByCaddy sends the signal until Caddy ends the process: Caddy begins to
// listen for it in a goroutine.
func exitByCaddy() error {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGTERM) // it must not end the process by itself
	caddy.TrapSignals()
	for range time.Tick(10 * time.Millisecond) {
		if err := syscall.Kill(os.Getpid(), syscall.SIGTERM); err != nil {
			return err
		}
	}
	return nil
}

func TestCloseLastError(t *testing.T) {
	want := errors.New("disk full")
	if err := CloseLast(func() error { return want }); !errors.Is(err, want) {
		t.Errorf("error %v, want %v", err, want)
	}
}
