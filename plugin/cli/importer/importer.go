// Package importer puts past logs into a server log, chunk by chunk, and continues
// where an earlier import ended.
package importer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/gatebook/gatebook/logformat"
	"github.com/gatebook/gatebook/plugin/cli/command"
	"github.com/gatebook/gatebook/plugin/cli/logfile"
	"github.com/gatebook/gatebook/record/display"
)

// Importer is one call of the command import.
type Importer struct {
	Into Target
	// Dialect is what was said about how all logs are written.
	Dialect logformat.Dialect
	// Again imports a log even if it, or one that begins like it, was imported.
	Again    bool
	Progress *logfile.Progress
	// Out takes the results, Unreadable the lines and the logs that cannot be read.
	Out, Unreadable io.Writer
	// Expiry is how long the requests are kept, if that is known.
	Expiry Expiry

	// Sum is what was imported.
	Sum Sum
}

// errNothingReadable reports that there were lines, and none could be read.
var errNothingReadable = errors.New("no line could be read")

// storeError is an error of where requests are stored, which another log meets as well.
type storeError struct{ error }

func (e *storeError) Unwrap() error { return e.error }

// Import imports all files, and seals the blocks of what was stored. A file that cannot
// be imported does not keep those after it from being so.
func (im *Importer) Import(ctx context.Context, files []string) error {
	var failed failures
	for _, path := range files {
		err := im.file(ctx, path)
		im.Progress.Clear()
		if err == nil {
			continue
		}
		if errors.Is(err, context.Canceled) {
			return fmt.Errorf("stopped while importing %s; run the same command again, and it goes on from there", display.Visible(path))
		}
		if store := (*storeError)(nil); errors.As(err, &store) {
			return store.error
		}
		failed.add(im.Unreadable, len(files), path, err)
	}
	if err := im.seal(ctx); err != nil {
		return err
	}
	if text := im.Expiry.say(im.Sum); text != "" {
		fmt.Fprintln(im.Out, text)
	}
	return failed.err(len(files))
}

func (im *Importer) seal(ctx context.Context) error {
	im.Progress.Show("sealing the blocks")
	err := im.Into.SealImport(ctx)
	im.Progress.Clear()
	if err != nil && ctx.Err() != nil {
		return errors.New("stopped while the blocks were sealed; everything is imported, and they are sealed later")
	}
	if err != nil {
		return fmt.Errorf("everything is imported, but the blocks could not be sealed: %w", err)
	}
	return nil
}

// file imports one log and prints the result.
func (im *Importer) file(ctx context.Context, path string) error {
	s, err := logfile.Open(path)
	if err != nil {
		return err
	}
	defer s.Close()
	dialect, err := s.Dialect(im.Dialect)
	if err != nil {
		return err
	}
	id, err := resume(ctx, im.Into, s, im.Again)
	if err != nil {
		return err
	}
	before := s.Bytes()
	if err := s.FinishLine(); err != nil {
		return err
	}
	c := &chunker{Source: s, dialect: dialect, from: before, unreadable: logfile.Unreadable{Out: im.Unreadable, Progress: im.Progress}}
	sum, err := im.chunks(ctx, id, c)
	im.Sum.add(sum)
	if err != nil {
		return err
	}
	im.Progress.Clear()
	unread := c.unreadable.Lines()
	if sum.Requests == 0 && unread > 0 && before == 0 {
		return errNothingReadable
	}
	s.Say(im.Unreadable, dialect)
	if dialect.Format == logformat.NDJSON {
		sum.NoAddress = 0 // it was known to whoever wrote the log
	}
	fmt.Fprintln(im.Out, result(s.Name, sum, unread, before > 0))
	return nil
}

// chunks imports what is left of a log. A chunk that is being stored is waited for
// even if ctx ends.
func (im *Importer) chunks(ctx context.Context, id string, c *chunker) (sum Sum, err error) {
	im.Progress.Begin()
	for {
		chunk, ended := c.next(ctx)
		if len(chunk.Requests) > 0 {
			chunk.ID = id
			counted := im.Expiry.count(chunk.Requests)
			if err := im.Into.Import(context.WithoutCancel(ctx), chunk); err != nil {
				return sum, &storeError{fmt.Errorf("importing %s: %w; run the same command again later, and it goes on from there", c.Name, err)}
			}
			sum.add(counted)
			im.Progress.Add(c.Source, len(chunk.Requests))
		}
		if errors.Is(ended, io.EOF) {
			return sum, nil
		}
		if ended != nil {
			return sum, ended
		}
	}
}

// result describes in one line the import of a log.
func result(name string, sum Sum, unread int, resumed bool) string {
	if sum.Requests == 0 && unread == 0 && resumed {
		return name + " is imported already; nothing was added"
	}
	more := ""
	if resumed {
		more = "more "
	}
	text := fmt.Sprintf("imported %s from %s", command.Count(sum.Requests, more+"request", more+"requests"), name)
	var notes []string
	if unread > 0 {
		notes = append(notes, command.Count(unread, "line", "lines")+" could not be read")
	}
	if sum.NoAddress > 0 {
		notes = append(notes, command.Count(sum.NoAddress, "request has", "requests have")+" no address")
	}
	if len(notes) > 0 {
		text += " (" + strings.Join(notes, "; ") + ")"
	}
	return text
}
