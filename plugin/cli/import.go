package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/gatebook/gatebook/logformat"
)

func setImport(cmd *cobra.Command) {
	cmd.Use = "import FILE..."
	cmd.Long = `Puts past logs into the server log: those of Apache, nginx and Caddy, and what
gatebook requests wrote as NDJSON. Files may be compressed with gzip; - is
standard input.

	$ gatebook import /var/log/nginx/access.log*

What was imported is not imported again: after an interruption, or when a log
has grown, the same command goes on where the last one ended.`
	addBookFlags(cmd)
	f := cmd.Flags()
	f.String("format", "", "combined, caddy or ndjson (default: what the first line is)")
	f.Bool("again", false, "import a log also if it was imported before, or begins like one that was")
	runWith(cmd, cobra.ArbitraryArgs, runImport)
}

func runImport(cmd *cobra.Command, files []string) (err error) {
	im := &importer{progress: newProgress(os.Stderr), out: os.Stdout, complaints: os.Stderr}
	if err := im.take(cmd, files); err != nil {
		return usageError{err}
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A second Ctrl-C ends the command at once, also while it reads or waits.
	context.AfterFunc(ctx, stop)

	b, err := openBooks(cmd)
	if err != nil {
		return err
	}
	defer func() {
		if closing := b.close(); err == nil {
			err = closing
		}
	}()
	im.into = b
	return im.files(ctx, files)
}

// importer is one call of the command.
type importer struct {
	into importBooks
	// format is that of all logs, "" for what each one's first line is.
	format   logformat.Format
	again    bool
	progress *progress
	// out takes the results, complaints the lines that cannot be read.
	out, complaints io.Writer
}

// take reads the flags and arguments.
func (im *importer) take(cmd *cobra.Command, files []string) (err error) {
	if len(files) == 0 {
		return fmt.Errorf("no file is given; name those to import, or - for standard input; see %s --help", cmd.CommandPath())
	}
	im.again, _ = cmd.Flags().GetBool("again")
	if name, _ := cmd.Flags().GetString("format"); name != "" {
		if im.format, err = logformat.ParseFormat(name); err != nil {
			return fmt.Errorf("--format %w", err)
		}
	}
	return nil
}

// files imports all of them and seals what was stored.
func (im *importer) files(ctx context.Context, files []string) error {
	var unreadable []string
	for _, path := range files {
		err := im.file(ctx, path)
		im.progress.say("")
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
	im.progress.say("sealing the blocks")
	err := im.into.seal(ctx)
	im.progress.say("")
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

// errNothingReadable says that there were lines, and that none could be read.
var errNothingReadable = errors.New("no line could be read")

// file imports one log and says how that went.
func (im *importer) file(ctx context.Context, path string) error {
	s, err := openSource(path)
	if err != nil {
		return err
	}
	defer s.close()
	format, err := im.formatOf(s)
	if err != nil {
		return err
	}
	id, err := goOn(ctx, im.into, s, im.again)
	if err != nil {
		return err
	}
	before := s.bytes
	if err := s.endLine(); err != nil {
		return err
	}
	c := &cutter{source: s, format: format, from: before, complaints: im.complaints, clear: func() { im.progress.say("") }}
	n, err := im.pieces(ctx, id, c)
	if err != nil {
		return err
	}
	im.progress.say("")
	if n == 0 && c.unread > 0 && before == 0 {
		return errNothingReadable
	}
	fmt.Fprintln(im.out, summary(s.name, n, c.unread, before > 0))
	return nil
}

// formatOf is the format that was asked for, or that of the first line.
func (im *importer) formatOf(s *source) (logformat.Format, error) {
	if im.format != "" {
		return im.format, nil
	}
	head, err := s.head()
	if err != nil {
		return "", err
	}
	first, _, _ := strings.Cut(strings.TrimLeft(string(head), "\r\n"), "\n")
	if strings.TrimSpace(first) == "" {
		return logformat.NDJSON, nil // there is nothing to read
	}
	format, ok := logformat.Detect([]byte(first))
	if !ok {
		return "", fmt.Errorf("the first line of %s is in no format that is known here; say with --format what it is: combined, caddy or ndjson", s.name)
	}
	return format, nil
}

// pieces imports what is left of a log, piece by piece. A piece that has begun
// to be stored is waited for, also when ctx ends.
func (im *importer) pieces(ctx context.Context, id string, c *cutter) (n int, err error) {
	im.progress.begin()
	for {
		p, ended := c.next(ctx)
		if len(p.requests) > 0 {
			if err := im.into.importPiece(context.WithoutCancel(ctx), id, p.from, p.end, p.requests); err != nil {
				return n, fmt.Errorf("importing %s: %w; run the same command again later, and it goes on from there", c.name, err)
			}
			n += len(p.requests)
			im.progress.add(c.source, len(p.requests))
		}
		if errors.Is(ended, io.EOF) {
			return n, nil
		}
		if ended != nil {
			return n, ended
		}
	}
}

// summary says in one line what became of a log.
func summary(name string, n, unread int, wentOn bool) string {
	if n == 0 && unread == 0 && wentOn {
		return name + " is imported already; nothing was added"
	}
	more := ""
	if wentOn {
		more = "more "
	}
	text := fmt.Sprintf("imported %s from %s", count(n, more+"request"), name)
	if unread > 0 {
		text += fmt.Sprintf(" (%s could not be read)", count(unread, "line"))
	}
	return text
}

func count(n int, of string) string {
	if n != 1 {
		of += "s"
	}
	return humanize.Comma(int64(n)) + " " + of
}
