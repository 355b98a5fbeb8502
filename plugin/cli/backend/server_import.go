package backend

import (
	"context"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/gatebook/gatebook/service"
	"github.com/gatebook/gatebook/store/serverlog"
)

// Imported returns how much of an import is stored.
func (s *Server) Imported(ctx context.Context, id string) (serverlog.ImportCheckpoint, error) {
	var sent service.Checkpoint
	err := s.get(ctx, s.instance+"/import", url.Values{"id": {id}}, &sent)
	if err != nil || sent.Bytes == 0 {
		return serverlog.ImportCheckpoint{}, err
	}
	stored, err := sent.Parse()
	if err != nil {
		return stored, fmt.Errorf("the server says %q for a SHA-256; is it another version?", sent.Sum)
	}
	return stored, nil
}

// Import sends a chunk, which is on the disk when Import returns.
func (s *Server) Import(ctx context.Context, c service.ImportChunk) error {
	res, err := s.send(ctx, http.MethodPost, s.instance+"/import", url.Values{
		"id":    {c.ID},
		"from":  {strconv.FormatInt(c.From, 10)},
		"bytes": {strconv.FormatInt(c.End.Bytes, 10)},
		"sum":   {hex.EncodeToString(c.End.Sum[:])},
	}, serverlog.AppendRequests(nil, c.Requests...))
	if err != nil {
		return lostServer(err)
	}
	if res.StatusCode == http.StatusConflict {
		res.Body.Close()
		return errOtherImport
	}
	return readAnswer(res, new(service.Checkpoint))
}

// SealImport merges what was imported into large blocks.
func (s *Server) SealImport(ctx context.Context) error {
	res, err := s.send(ctx, http.MethodPost, s.instance+"/import/seal", nil, nil)
	if err != nil {
		return lostServer(err)
	}
	if res.StatusCode == http.StatusNoContent {
		return res.Body.Close()
	}
	return readAnswer(res, new(struct{}))
}
