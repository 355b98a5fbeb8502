package backend

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/gatebook/gatebook/plugin/cli/command"
	"github.com/gatebook/gatebook/record"
)

// errNoServer reports that nothing answers on the admin address.
var errNoServer = errors.New("no server answers")

// errOtherImport reports that the stored part of a log has changed since the command
// asked for it.
var errOtherImport = errors.New("another command is importing the same log")

// ParamError is an invalid parameter, and the text that follows its name.
type ParamError struct{ Param, Rest string }

func (e *ParamError) Error() string { return e.Param + e.Rest }

// AsParamError returns the invalid parameter that err is about, nil for none.
func AsParamError(err error) *ParamError {
	if sent, ok := errors.AsType[*ParamError](err); ok {
		return sent
	}
	if own, ok := errors.AsType[*record.ParamError](err); ok {
		return &ParamError{own.Param, strings.TrimPrefix(own.Error(), own.Param)}
	}
	return nil
}

// answerError is an error of a server that is no mistake in the request.
type answerError struct {
	status int
	detail string
}

func (e *answerError) Error() string { return e.detail }

// IsNotFound reports whether err says that there is no such record.
func IsNotFound(err error) bool {
	answered, ok := errors.AsType[*answerError](err)
	return errors.Is(err, record.ErrNotFound) || ok && answered.status == http.StatusNotFound
}

// refusal reads a problem document, or Caddy's own error document.
func refusal(status int, body []byte) error {
	var problem struct{ Detail, Error, Param string }
	_ = json.Unmarshal(body, &problem)
	switch {
	case problem.Param != "":
		return &ParamError{problem.Param, strings.TrimPrefix(problem.Detail, problem.Param)}
	case problem.Detail != "" && status == http.StatusBadRequest:
		return command.Usage(errors.New(problem.Detail))
	case problem.Detail != "":
		return &answerError{status, problem.Detail}
	case problem.Error != "":
		return errors.New(problem.Error)
	case status == http.StatusNotFound:
		return errors.New("the server answers, but has no Gatebook in it")
	}
	return fmt.Errorf("the server answered %d %s", status, http.StatusText(status))
}

// lostServer is the error for a server that stopped answering, without the long
// address that was asked for.
func lostServer(err error) error {
	if asked, ok := errors.AsType[*url.Error](err); ok {
		err = asked.Err
	}
	return fmt.Errorf("the server does not answer any more (%w)", err)
}
