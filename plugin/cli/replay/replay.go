package replay

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/gatebook/gatebook/logformat"
	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/plugin/cli/command"
	"github.com/gatebook/gatebook/plugin/cli/logfile"
	"github.com/gatebook/gatebook/record/display"
)

// replayer is one call of the command.
type replayer struct {
	// dialect is what was said about how the logs are written.
	dialect logformat.Dialect
	// summary prints tables instead of JSON lines.
	summary bool
	// private has the detectors look at private networks too.
	private         bool
	trials          []*trial
	out, unreadable io.Writer
	progress        *logfile.Progress
}

// try adds a set of rules.
func (r *replayer) try(name string, c abuse.Config) error {
	c.Private = r.private
	t, err := newTrial(name, c)
	if err != nil {
		return err
	}
	r.trials = append(r.trials, t)
	return nil
}

// files replays all files as one log.
func (r *replayer) files(ctx context.Context, files []string) (err error) {
	out := bufio.NewWriter(r.out)
	defer func() {
		if flushed := out.Flush(); err == nil && flushed != nil {
			err = fmt.Errorf("writing what was found: %w", flushed)
		}
	}()
	requests := 0
	var failed []error
	for _, path := range files {
		n, err := r.file(ctx, path, out)
		r.progress.Clear()
		requests += n
		if ctx.Err() != nil {
			return fmt.Errorf("stopped while replaying %s", display.Visible(path))
		}
		if err != nil && len(files) > 1 {
			fmt.Fprintln(r.unreadable, err)
		}
		if err != nil {
			failed = append(failed, err)
		}
	}
	if requests == 0 && len(failed) > 0 {
		return failure(failed, len(files))
	}
	return errors.Join(r.print(out, requests), failure(failed, len(files)))
}

// print prints what is known at the end only.
func (r *replayer) print(out io.Writer, requests int) error {
	if len(r.trials) > 1 {
		return printDifferences(out, r.trials, r.summary)
	}
	if r.summary {
		return printTable(out, r.trials[0].found, requests)
	}
	return nil
}

// failure is the error for files that could not be replayed. They do not keep the others
// from being so.
func failure(failed []error, files int) error {
	switch {
	case len(failed) == 0:
		return nil
	case files == 1:
		return failed[0]
	}
	return fmt.Errorf("%d of %d files could not be replayed", len(failed), files)
}

// file replays one file, and returns how many requests it has.
func (r *replayer) file(ctx context.Context, path string, out io.Writer) (n int, err error) {
	s, err := logfile.Open(path)
	if err != nil {
		return 0, err
	}
	defer s.Close()
	d, err := s.Dialect(r.dialect)
	if err != nil {
		return 0, err
	}
	r.progress.Begin()
	unreadable := logfile.Unreadable{Out: r.unreadable, Progress: r.progress}
	err = parseAll(ctx, s, d, func(p *part) error {
		r.progress.Clear()
		for _, l := range p.unreadable {
			unreadable.Add(s, l.line, l.reason)
		}
		for i := range p.entries {
			if err := r.entry(&p.entries[i], out); err != nil {
				return err
			}
		}
		n += len(p.entries)
		r.progress.Add(s, len(p.entries))
		return nil
	})
	if shown, more := unreadable.More(); more {
		fmt.Fprintf(r.unreadable, "%s: %s could not be read; the first %d are shown\n", s.Name, command.Count(unreadable.Lines(), "line", "lines"), shown)
	}
	if err == nil && n == 0 && unreadable.Lines() > 0 {
		err = logfile.Unread(s.Name)
	}
	if err == nil {
		s.Say(r.unreadable, d)
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
