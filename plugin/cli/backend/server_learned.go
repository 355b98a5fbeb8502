package backend

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/record"
)

// Learned returns what was learned about the application.
func (s *Server) Learned(ctx context.Context, params url.Values) (list record.LearnedList, err error) {
	err = s.get(ctx, s.instance+"/learned", params, &list)
	return list, err
}

// Correct makes a correction. The server writes its audit entry.
func (s *Server) Correct(ctx context.Context, c record.Correction) error {
	return s.change(ctx, "/learned", c)
}

// UndoCorrection takes a correction back. The server writes its audit entry.
func (s *Server) UndoCorrection(ctx context.Context, c record.Correction) error {
	return s.change(ctx, "/learned/undo", struct {
		Kind record.LearnedKind `json:"kind"`
		Text string             `json:"text"`
	}{c.Kind, c.Text})
}

// change posts a body in JSON.
func (s *Server) change(ctx context.Context, path string, body any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	res, err := s.send(ctx, http.MethodPost, s.instance+path, nil, text)
	if err != nil {
		return err
	}
	var answer struct{} // says nothing new
	return readAnswer(res, &answer)
}

var errTeachServer = errors.New("a server uses these logs and would not notice; stop it, run this command with --data-dir, and start it again")

// Teach returns an error: the server's detector has what was learned in memory.
func (s *Server) Teach(context.Context, func(*abuse.Detector) (int, error)) error {
	return errTeachServer
}
