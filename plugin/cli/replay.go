package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/gatebook/gatebook/logformat"
	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/record/display"
)

func setReplay(cmd *cobra.Command) {
	cmd.Use = "replay FILE..."
	cmd.Long = `Runs the abuse detection over past logs, in their own time, and prints whom it
would have flagged: one JSON line for each time that a rule overflows. It
touches no books and needs no server. Files may be compressed with gzip; - is
standard input.

	$ gatebook replay --summary /var/log/nginx/access.log*

With --rules it says what a Caddyfile's abuse blocks would change against the
default rules.`
	f := cmd.Flags()
	f.String("format", "", "combined, caddy or ndjson (default: what the first line is)")
	f.Bool("summary", false, "print a table instead of JSON lines")
	f.String("allow", "private", "private: leave private networks and this machine alone; none: flag them too")
	f.String("rules", "", "compare with the abuse blocks of this Caddyfile")
	runWith(cmd, cobra.ArbitraryArgs, runReplay)
}

func runReplay(cmd *cobra.Command, files []string) error {
	r := &replayer{out: os.Stdout, complaints: os.Stderr, progress: newProgress(os.Stderr)}
	if err := r.take(cmd, files); err != nil {
		return usageError{err}
	}
	if rules, _ := cmd.Flags().GetString("rules"); rules != "" {
		if err := r.takeRules(rules); err != nil {
			return err
		}
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	return r.files(ctx, files)
}

// replayer is one call of the command.
type replayer struct {
	format          logformat.Format
	summary         bool
	private         bool
	trials          []*trial
	out, complaints io.Writer
	progress        *progress
}

// trial is a set of rules that is tried.
type trial struct {
	// name is "default", or the instance whose abuse block it is.
	name     string
	detector *abuse.Detector
	found    []abuse.Overflow
}

// replaySeed makes the hashes, and so the result, the same every time.
const replaySeed = 1

// take reads the flags and arguments.
func (r *replayer) take(cmd *cobra.Command, files []string) (err error) {
	if len(files) == 0 {
		return fmt.Errorf("no file is given; name those to replay, or - for standard input; see %s --help", cmd.CommandPath())
	}
	f := cmd.Flags()
	r.summary, _ = f.GetBool("summary")
	if name, _ := f.GetString("format"); name != "" {
		if r.format, err = logformat.ParseFormat(name); err != nil {
			return fmt.Errorf("--format %w", err)
		}
	}
	switch allow, _ := f.GetString("allow"); allow {
	case "private":
	case "none":
		r.private = true
	default:
		return fmt.Errorf("--allow %q must be private or none", display.Visible(record.Cut(allow, 64)))
	}
	return r.try("default", abuse.Config{})
}

// try adds a set of rules.
func (r *replayer) try(name string, c abuse.Config) error {
	c.Seed, c.Private = replaySeed, r.private
	// What a gate would have refused is not known to the log: nothing is.
	c.Enforce = false
	d, err := abuse.New(c)
	if err != nil {
		return fmt.Errorf("rules of %s: %w", name, err)
	}
	r.trials = append(r.trials, &trial{name: name, detector: d})
	return nil
}

// files replays all of them, as one log.
func (r *replayer) files(ctx context.Context, files []string) (err error) {
	out := bufio.NewWriter(r.out)
	defer func() {
		if flushed := out.Flush(); err == nil && flushed != nil {
			err = fmt.Errorf("writing what was found: %w", flushed)
		}
	}()
	requests := 0
	for _, path := range files {
		n, err := r.file(ctx, path, out)
		r.progress.say("")
		requests += n
		if ctx.Err() != nil {
			return fmt.Errorf("stopped while replaying %s", display.Visible(path))
		}
		if err != nil {
			return err
		}
	}
	if len(r.trials) > 1 {
		return r.compare(out)
	}
	if r.summary {
		return r.table(out, requests)
	}
	return nil
}

// file replays one log.
func (r *replayer) file(ctx context.Context, path string, out io.Writer) (int, error) {
	s, err := openSource(path)
	if err != nil {
		return 0, err
	}
	defer s.close()
	format, err := (&importer{format: r.format}).formatOf(s)
	if err != nil {
		return 0, err
	}
	r.progress.begin()
	n, unread := 0, 0
	err = parseAll(ctx, s, format, func(p *parsed) error {
		r.progress.say("")
		for _, c := range p.complaints {
			if unread < shownComplaints {
				fmt.Fprintf(r.complaints, "%s:%d: %v\n", s.name, c.line, c.reason)
			}
			unread++
		}
		for i := range p.entries {
			if err := r.entry(&p.entries[i], out); err != nil {
				return err
			}
		}
		n += len(p.entries)
		r.progress.add(s, len(p.entries))
		return nil
	})
	if unread > shownComplaints {
		fmt.Fprintf(r.complaints, "%s: %s could not be read; the first %d are shown\n", s.name, count(unread, "line"), shownComplaints)
	}
	if err == nil && n == 0 && unread > 0 {
		err = fmt.Errorf("no line of %s could be read; say with --format what it is: combined, caddy or ndjson", s.name)
	}
	return n, err
}

// entry gives a request to each set of rules.
func (r *replayer) entry(e *logformat.Entry, out io.Writer) error {
	for _, t := range r.trials {
		found := t.observe(e)
		if len(found) == 0 {
			continue
		}
		if r.summary || len(r.trials) > 1 {
			t.found = append(t.found, found...)
			continue
		}
		for i := range found {
			if err := printOverflow(out, &found[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *trial) observe(e *logformat.Entry) []abuse.Overflow {
	t.detector.Admit(abuse.Client{Addr: e.IP, UserAgent: e.UserAgent, Method: e.Method, Path: e.Path}, e.Time)
	found := t.detector.Observe(&abuse.Request{
		Request: &e.Request, AuthFailed: e.AuthFailed, CrossSite: abuse.CrossSite("", e.Referer, e.Host),
	}, e.Time)
	if e.User != "" && e.Method == "POST" && (e.AuthFailed || e.Status < 400) {
		found = append(found, t.detector.Login(&abuse.LoginEvent{
			Addr: e.IP, UserAgent: e.UserAgent, Account: e.User, Success: !e.AuthFailed, Path: e.Path,
		}, e.Time)...)
	}
	// Nobody stores the flags: what they gathered can go.
	if len(found) > 0 {
		t.detector.TakeChanged()
	}
	return found
}

// overflowLine is the line of an overflow, as docs/api.md has it.
type overflowLine struct {
	IP      string     `json:"ip,omitempty"`
	Prefix  string     `json:"prefix,omitempty"`
	Account string     `json:"account,omitempty"`
	Rule    string     `json:"rule"`
	At      time.Time  `json:"at"`
	First   *time.Time `json:"first,omitempty"`
	Count   int        `json:"count"`
	Action  string     `json:"action"`
}

func printOverflow(out io.Writer, o *abuse.Overflow) error {
	line := overflowLine{Rule: o.Rule, At: o.At, First: &o.First, Count: o.Count, Action: o.Action.String()}
	if o.IP.IsValid() {
		line.IP, line.Prefix = o.IP.String(), o.Prefix.String()
	}
	if o.Subject.Kind == record.AccountSubject {
		line.Account = o.Subject.Value
	}
	text, err := json.Marshal(line)
	if err == nil {
		_, err = out.Write(append(text, '\n'))
	}
	if err != nil {
		return fmt.Errorf("writing what was found: %w", err)
	}
	return nil
}
