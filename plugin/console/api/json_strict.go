package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"

	"github.com/gatebook/gatebook/plugin/console/locale"
	"github.com/gatebook/gatebook/plugin/console/problem"
	"github.com/gatebook/gatebook/record"
)

// wholeBody is what errors call a body.
const wholeBody = "body"

// maxBody limits the body of a change.
const maxBody = 64 << 10

// readObject reads a request's body, which must be one JSON object.
func readObject(w http.ResponseWriter, r *http.Request) (map[string]json.RawMessage, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, &problem.Error{Status: http.StatusRequestEntityTooLarge, Detail: locale.Text("The body is larger than %d bytes."), Args: []any{tooLarge.Limit}}
	case err != nil:
		return nil, &problem.Error{Status: http.StatusBadRequest, Detail: locale.Text("The body could not be read to its end.")}
	}
	return strictObject(wholeBody, body)
}

// strictObject reads the members of a JSON object that is all of text. Unlike
// encoding/json it refuses keys that come twice, of which one would not count.
// name is what the object is called in an error.
func strictObject(name string, text []byte) (map[string]json.RawMessage, error) {
	in := json.NewDecoder(bytes.NewReader(text))
	fail := func(code record.Code) (map[string]json.RawMessage, error) {
		return nil, &record.ParamError{Param: name, Reason: code.With(strconv.FormatInt(in.InputOffset(), 10))}
	}
	if start, err := in.Token(); err != nil || start != json.Delim('{') {
		return fail(record.NotObject)
	}
	members := map[string]json.RawMessage{}
	for in.More() {
		token, err := in.Token()
		key, isKey := token.(string)
		if err != nil || !isKey {
			return fail(record.NotJSON)
		}
		if _, twice := members[key]; twice {
			if name != wholeBody {
				key = name + "." + key
			}
			return nil, &record.ParamError{Param: key, Reason: record.MemberTwice.With()}
		}
		var value json.RawMessage
		if err := in.Decode(&value); err != nil {
			return fail(record.TruncatedJSON)
		}
		members[key] = value
	}
	if _, err := in.Token(); err != nil {
		return fail(record.TruncatedJSON)
	}
	if _, err := in.Token(); !errors.Is(err, io.EOF) {
		return fail(record.TrailingData)
	}
	return members, nil
}
