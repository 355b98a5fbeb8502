package main

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// How much load one server gets in a lap, and how many laps there are after
// one to warm up.
const (
	perLap = 1600
	laps   = 40
)

// The bar: what a request may cost beside what Caddy's own log adds.
const mostOfCaddysLog = 0.1

// request measures the CPU time of whole servers for a request.
func (r *run) request() error {
	gate := r.path("gatebook")
	if err := buildGate(gate); err != nil {
		return err
	}
	app, stop, err := upstream()
	if err != nil {
		return err
	}
	defer stop()
	root := r.path("site")
	if err := os.Mkdir(root, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(root, "page.html"), page, 0o644); err != nil {
		return err
	}
	for _, k := range []served{
		{
			kind: "proxy", caddy: "\treverse_proxy " + app,
			nginx:     `proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection "";`,
			nginxHTTP: "upstream app { server " + app + "; keepalive 16; }",
		},
		{kind: "file", caddy: "\troot " + root + "\n\tfile_server", path: "/page.html", nginx: "root " + root + ";"},
	} {
		for _, room := range collectorRooms {
			k.name, k.env = k.kind+room.name, room.env
			if err := r.requestsOf(gate, k); err != nil {
				return fmt.Errorf("%s: %w", k.name, err)
			}
		}
	}
	return nil
}

// served is one way of answering: as Caddy's lines, the path to ask for if it
// is one, and as nginx's.
type served struct {
	kind, caddy, path, nginx, nginxHTTP string

	name string
	env  []string
}

// collectorRooms are both of interest: as it comes, Go collects garbage the
// less often the more a process holds, so that plain Caddy, which holds next
// to nothing, collects most. With the same room for all, what is left is what
// was added.
var collectorRooms = []struct {
	name string
	env  []string
}{
	{"", nil},
	{", collector with 256 MB for each", []string{"GOGC=off", "GOMEMLIMIT=256MiB"}},
}

// rival is a server under measurement, and what each lap cost.
type rival struct {
	*server
	load *load
	laps []float64 // µs of CPU a request
	last time.Duration
}

func (r *run) requestsOf(gate string, k served) (err error) {
	var rivals []*rival
	defer func() {
		for _, v := range rivals {
			v.load.close()
			err = errors.Join(err, v.stop())
		}
	}()
	join := func(s *server, err error) error {
		if err != nil {
			return err
		}
		l, err := newLoad(s.addr, requestsOf(r.seed, k.path))
		if err != nil {
			return errors.Join(err, s.stop())
		}
		rivals = append(rivals, &rival{server: s, load: l})
		return nil
	}
	dir, err := os.MkdirTemp(r.tmp, "servers-")
	if err != nil {
		return err
	}
	accessLog := "\tlog {\n\t\toutput file " + filepath.Join(dir, "access.json") + "\n\t}\n"
	for i, c := range []struct{ name, site string }{
		{plainCaddy, k.caddy}, {withGatebook, "\tgatebook\n" + k.caddy}, {withLog, accessLog + k.caddy},
	} {
		if err := join(startCaddy(gate, filepath.Join(dir, "caddy", strconv.Itoa(i)), c.name, c.site, k.env)); err != nil {
			return err
		}
	}
	for i, c := range []struct{ name, log string }{
		{plainNginx, "access_log off;"}, {nginxLog, "access_log " + filepath.Join(dir, "nginx.log") + " combined;"},
	} {
		if !installed("nginx") || k.env != nil {
			break
		}
		if err := join(startNginx(filepath.Join(dir, "nginx", strconv.Itoa(i)), c.name, c.log+k.nginxHTTP, k.nginx)); err != nil {
			return err
		}
	}
	if err := r.race(rivals); err != nil {
		return err
	}
	requestTable(k.name, rivals).print(r.out)
	return nil
}

const (
	plainCaddy   = "plain Caddy"
	withGatebook = "with Gatebook"
	withLog      = "with Caddy's JSON log"
	plainNginx   = "nginx"
	nginxLog     = "nginx with its access log"
)

// race gives each server its load in turn. A lap's cost is counted from its
// beginning to the next one's: what a server does in the background when its
// requests are over is a part of it.
func (r *run) race(rivals []*rival) error {
	perLap := r.rounds(perLap)
	for lap := range r.rounds(laps) + 2 {
		for _, v := range rivals {
			used, err := cpuOf(v.cmd.Process.Pid)
			if err != nil {
				return err
			}
			if lap > 1 { // the first is to warm up
				v.laps = append(v.laps, float64((used-v.last).Microseconds())/float64(perLap))
			}
			v.last = used
			if err := r.ctx.Err(); err != nil {
				return err
			}
			if err := v.load.run(perLap); err != nil {
				return fmt.Errorf("%s: %w", v.name, err)
			}
		}
	}
	return nil
}

func requestTable(kind string, rivals []*rival) *table {
	costs := map[string][]float64{}
	for _, v := range rivals {
		costs[v.name] = v.laps
	}
	t := newTable("A request: server CPU, "+kind, "server", "µs a request", "over plain, µs", "ratio to plain")
	base := costs[plainCaddy]
	for _, name := range []string{plainCaddy, withGatebook, withLog, plainNginx, nginxLog} {
		laps, there := costs[name]
		if !there {
			if !installed("nginx") {
				t.add(name, absent)
			}
			continue
		}
		t.add(name, fmt.Sprintf("%.1f", median(laps)), fmt.Sprintf("%+.1f", median(differences(laps, base))), fmt.Sprintf("%.2f", median(laps)/median(base)))
	}
	ours, theirs := median(differences(costs[withGatebook], base)), median(differences(costs[withLog], base))
	t.note("The difference is the median of those lap by lap; background work is in it.")
	t.note("What Gatebook adds is %.2f of what Caddy's log adds; the bar is %.1f: %s.", ours/theirs, mostOfCaddysLog, bar(ours/theirs, mostOfCaddysLog))
	return t
}

// page is the body of the answer.
var page = []byte(strings.Repeat("A desk at the window, free on Monday. ", 60))

// upstream is the application behind the proxies: this process, whose time
// does not count.
func upstream() (addr string, stop func() error, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	app := &http.Server{ReadHeaderTimeout: peerTimeout, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(page)
	})}
	go func() { _ = app.Serve(l) }()
	return l.Addr().String(), app.Close, nil
}
