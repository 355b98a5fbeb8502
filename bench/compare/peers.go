package main

import (
	"bufio"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"regexp"
	"time"
)

// peers answer questions from the same log as a file.
type peers struct {
	run           *run
	log, zipped   string
	goaccess      time.Duration // for the whole log; 0 where it is not installed
	goaccessLines int
}

// goaccessMost is how much of the log GoAccess is given: it reads some twenty
// thousand lines a second.
const goaccessMost = 200_000

func (r *run) peers() (*peers, error) {
	log, err := r.logFile(combined)
	if err != nil {
		return nil, err
	}
	p := &peers{run: r, log: log}
	if installed("gzip") && installed("zgrep") {
		p.zipped = log + ".gz"
		if err := exec.CommandContext(r.ctx, "gzip", "-6", "-k", "-f", log).Run(); err != nil {
			return nil, fmt.Errorf("gzip: %w", err)
		}
	}
	if !installed("goaccess") {
		return p, nil
	}
	p.goaccessLines = min(r.records, goaccessMost)
	part := r.path("goaccess.log")
	if err := head(log, part, p.goaccessLines); err != nil {
		return nil, err
	}
	took, err := cpuUsed(exec.CommandContext(r.ctx, "goaccess", part, "--log-format=COMBINED", "--no-global-config", "-o", r.path("goaccess.json")))
	p.goaccess = took * time.Duration(r.records) / time.Duration(p.goaccessLines)
	return p, err
}

// answer is what a question costs each peer.
func (p *peers) answer(q question) (cells []string, err error) {
	for _, c := range []struct{ tool, file string }{{"grep", p.log}, {"zgrep", p.zipped}} {
		switch {
		case q.grep == "":
			cells = append(cells, "")
			continue
		case c.file == "" || !installed(c.tool):
			cells = append(cells, absent)
			continue
		}
		grep := exec.CommandContext(p.run.ctx, c.tool, "-c", "-E", "-e", q.grep, c.file)
		grep.Stdout = new(counter) // without a reader, grep stops at the first line
		took, err := cpuUsed(grep)
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && exit.ExitCode() == 1 {
			return nil, fmt.Errorf("%s finds nothing of %q", c.tool, q.name)
		} else if err != nil {
			return nil, err
		}
		cells = append(cells, millis(took))
	}
	switch {
	case !q.summed:
		return append(cells, ""), nil
	case p.goaccess == 0:
		return append(cells, absent), nil
	}
	return append(cells, millis(p.goaccess)), nil
}

func millis(d time.Duration) string { return fmt.Sprintf("%.0f", d.Seconds()*1e3) }

// pattern is an address as a regular expression.
func pattern(a netip.Addr) string { return regexp.QuoteMeta(a.String()) }

// head copies the first n lines of a file.
func head(from, to string, n int) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	defer out.Close()
	w := bufio.NewWriter(out)
	scan := bufio.NewScanner(in)
	scan.Buffer(nil, 1<<20)
	for range n {
		if !scan.Scan() {
			break
		}
		fmt.Fprintf(w, "%s\n", scan.Bytes())
	}
	return errors.Join(scan.Err(), w.Flush())
}
