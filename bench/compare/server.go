package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// server is one that is measured: a process of its own, with one core's worth
// of Go so that its idle threads do not look for work.
type server struct {
	name string
	addr string
	cmd  *exec.Cmd
	said *bytes.Buffer
	dead chan error
}

// startServer runs cmd and returns when it listens on addr.
func startServer(name, addr string, cmd *exec.Cmd) (*server, error) {
	s := &server{name: name, addr: addr, cmd: cmd, said: new(bytes.Buffer), dead: make(chan error, 1)}
	cmd.Stderr = s.said
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() { s.dead <- cmd.Wait() }()
	for end := time.Now().Add(peerTimeout); time.Now().Before(end); {
		if c, err := net.Dial("tcp", addr); err == nil {
			return s, c.Close()
		}
		select {
		case err := <-s.dead:
			return nil, fmt.Errorf("%s: %w: %s", name, err, s.said)
		case <-time.After(20 * time.Millisecond):
		}
	}
	return nil, errors.Join(fmt.Errorf("%s does not listen on %s", name, addr), s.stop())
}

func (s *server) stop() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-s.dead:
		return nil
	case <-time.After(peerTimeout):
		return s.cmd.Process.Kill()
	}
}

// freeAddr is an address that is free.
func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// buildGate builds the binary that is shipped, which is Caddy too.
func buildGate(to string) error {
	cmd := exec.Command("go", "build", "-tags", "nobadger,nomysql,nopgx", "-o", to, "github.com/gatebook/gatebook/cmd/gatebook")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building the gate (run this in the repository): %w: %s", err, out)
	}
	return nil
}

// startCaddy starts the binary with a site whose lines are given.
func startCaddy(binary, dir, name, site string, env []string) (*server, error) {
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	app := ""
	if name == withGatebook {
		app = "gatebook {\n\t\tdata_dir " + filepath.Join(dir, "data") + "\n\t}"
	}
	config := fmt.Sprintf(`{
	admin off
	persist_config off
	auto_https off
	log {
		level ERROR
	}
	%s
}
http://%s, http://booking.example.com:%s {
	bind 127.0.0.1
%s
}
`, app, addr, addr[len("127.0.0.1:"):], site)
	file := filepath.Join(dir, "Caddyfile")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		return nil, err
	}
	cmd := exec.Command(binary, "run", "--config", file, "--adapter", "caddyfile")
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1", "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir)
	cmd.Env = append(cmd.Env, env...)
	return startServer(name, addr, cmd)
}

// startNginx starts nginx as one process with a location whose lines are given.
func startNginx(dir, name, http, location string) (*server, error) {
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	config := fmt.Sprintf(`daemon off;
master_process off;
pid %[1]s/pid;
error_log stderr error;
events {}
http {
	client_body_temp_path %[1]s/body;
	proxy_temp_path %[1]s/proxy;
	fastcgi_temp_path %[1]s/fastcgi;
	uwsgi_temp_path %[1]s/uwsgi;
	scgi_temp_path %[1]s/scgi;
	keepalive_requests 100000000;
	%[3]s
	server {
		listen %[2]s;
		location / {
			%[4]s
		}
	}
}
`, dir, addr, http, location)
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		return nil, err
	}
	return startServer(name, addr, exec.Command("nginx", "-p", dir, "-c", file))
}
