package console

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/gatebook/gatebook/record"
)

// wholeBody is what errors call a body.
const wholeBody = "body"

// maxBody is how much somebody may send to change something.
const maxBody = 64 << 10

// readObject reads a request's body, which must be one JSON object.
func readObject(w http.ResponseWriter, r *http.Request) (map[string]json.RawMessage, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, &statusError{http.StatusRequestEntityTooLarge, phrase("The body is larger than %d bytes."), []any{tooLarge.Limit}}
	case err != nil:
		return nil, &statusError{status: http.StatusBadRequest, detail: phrase("The body could not be read to its end.")}
	}
	return strictObject(wholeBody, body)
}

// strictObject reads the members of a JSON object that is all of text. Unlike
// encoding/json it refuses keys that come twice, of which one would not count.
// name is what the object is called in an error.
func strictObject(name string, text []byte) (map[string]json.RawMessage, error) {
	in := json.NewDecoder(bytes.NewReader(text))
	fail := func(reason string) (map[string]json.RawMessage, error) {
		return nil, &record.ParamError{Param: name, Reason: fmt.Sprintf("%s (at byte %d)", reason, in.InputOffset())}
	}
	if start, err := in.Token(); err != nil || start != json.Delim('{') {
		return fail("must be a JSON object")
	}
	members := map[string]json.RawMessage{}
	for in.More() {
		token, err := in.Token()
		key, isKey := token.(string)
		if err != nil || !isKey {
			return fail("is not JSON")
		}
		if _, twice := members[key]; twice {
			if name != wholeBody {
				key = name + "." + key
			}
			return nil, &record.ParamError{Param: key, Reason: "is there twice; give it once"}
		}
		var value json.RawMessage
		if err := in.Decode(&value); err != nil {
			return fail("is not whole, or not JSON")
		}
		members[key] = value
	}
	if _, err := in.Token(); err != nil {
		return fail("is not whole, or not JSON")
	}
	if _, err := in.Token(); !errors.Is(err, io.EOF) {
		return fail("goes on after the JSON object; send nothing else")
	}
	return members, nil
}
