package cli

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/service"
	"github.com/gatebook/gatebook/store/serverlog"
)

// importBooks take past logs, as [store.ServerLog] does.
type importBooks interface {
	imported(ctx context.Context, id string) (serverlog.ImportCheckpoint, error)
	importPiece(ctx context.Context, id string, from int64, end serverlog.ImportCheckpoint, requests []record.Request) error
	seal(ctx context.Context) error
}

// errOtherImport says that what is stored of a file is not what was there when
// this command asked.
var errOtherImport = errors.New("another command is importing the same log")

func (d *directory) imported(ctx context.Context, id string) (serverlog.ImportCheckpoint, error) {
	return d.logs.Imported(ctx, id)
}

func (d *directory) importPiece(ctx context.Context, id string, from int64, end serverlog.ImportCheckpoint, requests []record.Request) error {
	err := d.logs.Import(ctx, service.ImportChunk{ID: id, From: from, End: end, Requests: requests})
	if errors.Is(err, serverlog.ErrImportGap) {
		return errOtherImport
	}
	return err
}

func (d *directory) seal(ctx context.Context) error { return d.logs.SealImport(ctx) }

func (s *server) imported(ctx context.Context, id string) (serverlog.ImportCheckpoint, error) {
	var told service.Checkpoint
	err := s.get(ctx, s.instance+"/import", url.Values{"id": {id}}, &told)
	if err != nil || told.Bytes == 0 {
		return serverlog.ImportCheckpoint{}, err
	}
	mark, err := told.Parse()
	if err != nil {
		return mark, fmt.Errorf("the server says %q for a SHA-256; is it another version?", told.Sum)
	}
	return mark, nil
}

func (s *server) importPiece(ctx context.Context, id string, from int64, end serverlog.ImportCheckpoint, requests []record.Request) error {
	res, err := s.send(ctx, http.MethodPost, s.instance+"/import", url.Values{
		"id":    {id},
		"from":  {strconv.FormatInt(from, 10)},
		"bytes": {strconv.FormatInt(end.Bytes, 10)},
		"sum":   {hex.EncodeToString(end.Sum[:])},
	}, serverlog.AppendRequests(nil, requests...))
	if err != nil {
		return noAnswer(err)
	}
	if res.StatusCode == http.StatusConflict {
		res.Body.Close()
		return errOtherImport
	}
	return readAnswer(res, new(service.Checkpoint))
}

func (s *server) seal(ctx context.Context) error {
	res, err := s.send(ctx, http.MethodPost, s.instance+"/import/seal", nil, nil)
	if err != nil {
		return noAnswer(err)
	}
	if res.StatusCode == http.StatusNoContent {
		return res.Body.Close()
	}
	return readAnswer(res, new(struct{}))
}

// noAnswer says that the server went away, without the long address that was
// asked.
func noAnswer(err error) error {
	if asked, ok := errors.AsType[*url.Error](err); ok {
		err = asked.Err
	}
	return fmt.Errorf("the server does not answer any more (%w)", err)
}
