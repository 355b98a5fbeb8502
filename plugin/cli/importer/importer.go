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
)

// Importer is one call of the command import.
type Importer struct {
	Into Target
	// Format is the format of all logs; "" means that of each log's first line.
	Format logformat.Format
	// Again imports a log even if it, or one that begins like it, was imported.
	Again    bool
	Progress *logfile.Progress
	// Out takes the results, Unreadable the lines that cannot be read.
	Out, Unreadable io.Writer
}

// errNothingReadable reports that there were lines, and none could be read.
var errNothingReadable = errors.New("no line could be read")

// Import imports all files, and seals the blocks of what was stored.
func (im *Importer) Import(ctx context.Context, files []string) error {
	var unreadable []string
	for _, path := range files {
		err := im.file(ctx, path)
		im.Progress.Clear()
		if errors.Is(err, errNothingReadable) {
			unreadable = append(unreadable, path)
			continue
		}
		if errors.Is(err, context.Canceled) {
			return fmt.Errorf("stopped while importing %s; run the same command again, and it goes on from there", path)
		}
		if err != nil {
			return err
		}
	}
	im.Progress.Show("sealing the blocks")
	err := im.Into.SealImport(ctx)
	im.Progress.Clear()
	switch {
	case err != nil && ctx.Err() != nil:
		return errors.New("stopped while the blocks were sealed; everything is imported, and they are sealed later")
	case err != nil:
		return fmt.Errorf("everything is imported, but the blocks could not be sealed: %w", err)
	case len(unreadable) > 0:
		return fmt.Errorf("no line of %s could be read; say with --format what it is: combined, caddy or ndjson", strings.Join(unreadable, ", "))
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
	format := im.Format
	if format == "" {
		if format, err = s.Format(); err != nil {
			return err
		}
	}
	id, err := resume(ctx, im.Into, s, im.Again)
	if err != nil {
		return err
	}
	before := s.Bytes()
	if err := s.FinishLine(); err != nil {
		return err
	}
	c := &chunker{Source: s, format: format, from: before, unreadable: logfile.Unreadable{Out: im.Unreadable, Progress: im.Progress}}
	n, err := im.chunks(ctx, id, c)
	if err != nil {
		return err
	}
	im.Progress.Clear()
	unread := c.unreadable.Lines()
	if n == 0 && unread > 0 && before == 0 {
		return errNothingReadable
	}
	fmt.Fprintln(im.Out, result(s.Name, n, unread, before > 0))
	return nil
}

// chunks imports what is left of a log. A chunk that is being stored is waited for
// even if ctx ends.
func (im *Importer) chunks(ctx context.Context, id string, c *chunker) (n int, err error) {
	im.Progress.Begin()
	for {
		chunk, ended := c.next(ctx)
		if len(chunk.Requests) > 0 {
			chunk.ID = id
			if err := im.Into.Import(context.WithoutCancel(ctx), chunk); err != nil {
				return n, fmt.Errorf("importing %s: %w; run the same command again later, and it goes on from there", c.Name, err)
			}
			n += len(chunk.Requests)
			im.Progress.Add(c.Source, len(chunk.Requests))
		}
		if errors.Is(ended, io.EOF) {
			return n, nil
		}
		if ended != nil {
			return n, ended
		}
	}
}

// result describes in one line the import of a log.
func result(name string, n, unread int, resumed bool) string {
	if n == 0 && unread == 0 && resumed {
		return name + " is imported already; nothing was added"
	}
	more := ""
	if resumed {
		more = "more "
	}
	text := fmt.Sprintf("imported %s from %s", command.Count(n, more+"request", more+"requests"), name)
	if unread > 0 {
		text += fmt.Sprintf(" (%s could not be read)", command.Count(unread, "line", "lines"))
	}
	return text
}
