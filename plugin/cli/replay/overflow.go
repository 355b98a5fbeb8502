package replay

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/record"
)

// overflowLine is the line of an overflow, as docs/api.md has it.
type overflowLine struct {
	IP      string     `json:"ip,omitempty"`
	Prefix  string     `json:"prefix,omitempty"`
	Account string     `json:"account,omitempty"`
	Rule    string     `json:"rule"`
	At      time.Time  `json:"at"`
	First   *time.Time `json:"first,omitempty"`
	Count   int        `json:"count"`
	Action  string     `json:"action"`
}

func printOverflow(out io.Writer, o *abuse.Overflow) error {
	line := overflowLine{Rule: o.Rule, At: o.At, First: &o.First, Count: o.Count, Action: o.Action.String()}
	if o.IP.IsValid() {
		line.IP, line.Prefix = o.IP.String(), o.Prefix.String()
	}
	if o.Subject.Kind == record.AccountSubject {
		line.Account = o.Subject.Value
	}
	text, err := json.Marshal(line)
	if err == nil {
		_, err = out.Write(append(text, '\n'))
	}
	if err != nil {
		return fmt.Errorf("writing what was found: %w", err)
	}
	return nil
}
