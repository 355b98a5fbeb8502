package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/gatebook/gatebook/logformat"
)

// errStreamEnded says that the server ended a stream, which it does when its
// configuration changes or when the reader is too slow.
var errStreamEnded = errors.New("the server ended the stream, as it does when its configuration is reloaded or the reader is too slow; start again")

// follow writes the newest records, oldest first, and then each new one until
// ctx ends. The stream is opened before the newest are asked for, so that
// nothing falls between the two; what is in both is written once.
func (l listing[T]) follow(ctx context.Context, b books, params url.Values, limit int, out *logformat.Writer) error {
	s, ok := b.(*server)
	if !ok {
		return usageError{errors.New("--follow needs a running server; without one nothing is recorded")}
	}
	stream, err := s.stream(ctx, l.name+"/live", params)
	if err != nil {
		return asFlag(err, l.filters)
	}
	defer stream.Close()

	params.Set("limit", strconv.Itoa(pageSize(limit, limit)))
	page, _, err := l.ask(b, ctx, params)
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

// stream opens a stream below the instance. It has begun when this returns.
func (s *server) stream(ctx context.Context, path string, params url.Values) (io.ReadCloser, error) {
	res, err := s.ask(ctx, s.instance+"/"+path, params)
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		defer res.Body.Close()
		body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
		if err != nil {
			return nil, fmt.Errorf("reading the answer: %w", err)
		}
		return nil, refusal(res.StatusCode, body)
	}
	return res.Body, nil
}
