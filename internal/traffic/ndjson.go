package traffic

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
)

// WriteNDJSON writes requests as the server log exports them, which "gatebook
// replay" reads. Rejected credentials are written as auth_failed.
func WriteNDJSON(w io.Writer, requests []Request) error {
	out := bufio.NewWriter(w)
	for _, r := range requests {
		line, err := json.Marshal(r.Request)
		if err != nil {
			return fmt.Errorf("encoding a request: %w", err)
		}
		if r.AuthFailed {
			line = append(line[:len(line)-1], `,"auth_failed":true}`...)
		}
		// bufio.Writer keeps its first error until Flush.
		out.Write(line)
		out.WriteByte('\n')
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("writing requests: %w", err)
	}
	return nil
}
