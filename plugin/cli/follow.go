package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strconv"

	"github.com/gatebook/gatebook/logformat"
	"github.com/gatebook/gatebook/plugin/cli/backend"
	"github.com/gatebook/gatebook/plugin/cli/command"
)

// errStreamEnded reports that the server ended a stream, which it does when its
// configuration changes or when the reader is too slow.
var errStreamEnded = errors.New("the server ended the stream, as it does when its configuration is reloaded or the reader is too slow; start again")

// follow writes the newest records, oldest first, and then each new one until ctx ends.
// It opens the stream before it asks for the newest records, so that none is missed.
// A record that is in both is written once.
func (l listing[T]) follow(ctx context.Context, logs backend.Logs, params url.Values, limit int, out *logformat.Writer) error {
	s, ok := logs.(*backend.Server)
	if !ok {
		return command.Usagef("--follow needs a running server; without one nothing is recorded")
	}
	stream, err := s.Live(ctx, l.name, params)
	if err != nil {
		return asFlag(err, l.filters)
	}
	defer stream.Close()

	params.Set("limit", strconv.Itoa(pageSize(limit, limit)))
	page, _, err := l.ask(logs, ctx, params)
	if err != nil {
		return asFlag(err, l.filters)
	}
	slices.Reverse(page)
	written := map[string]bool{}
	for _, v := range page {
		line, err := json.Marshal(v)
		if err != nil {
			return err
		}
		written[string(line)] = true
	}
	if err := errors.Join(l.write(out, page...), out.Flush()); err != nil {
		return fmt.Errorf("writing the list: %w", err)
	}
	return l.copyStream(ctx, stream, written, out)
}

func (l listing[T]) copyStream(ctx context.Context, stream io.Reader, written map[string]bool, out *logformat.Writer) error {
	lines := bufio.NewScanner(stream)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		data, ok := bytes.CutPrefix(lines.Bytes(), []byte("data: "))
		if !ok {
			continue
		}
		var v T
		if err := json.Unmarshal(data, &v); err != nil {
			return fmt.Errorf("reading the stream: %w", err)
		}
		again, err := json.Marshal(v)
		if err != nil {
			return err
		}
		if written[string(again)] {
			continue
		}
		if err := errors.Join(l.write(out, v), out.Flush()); err != nil {
			return fmt.Errorf("writing the list: %w", err)
		}
	}
	if ctx.Err() != nil {
		return nil
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("reading the stream: %w", err)
	}
	return errStreamEnded
}
