package api

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/gatebook/gatebook/record/display"
)

// marshalLine encodes v on one line, safe to show in a terminal.
func marshalLine(v any) ([]byte, error) {
	line, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encoding JSON: %w", err)
	}
	return append(display.VisibleJSON(line), '\n'), nil
}

func writeJSON(w http.ResponseWriter, v any) error {
	body, err := marshalLine(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(body)
	return nil
}
