package console

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/gatebook/gatebook/plugin/console/locale"
	"github.com/gatebook/gatebook/plugin/console/view"
	"github.com/gatebook/gatebook/record"
)

// Changes and exports write audit entries, in the category gatebook. An entry
// names its author and no other person.

// auditTimeout is how long an entry may take to be written.
const auditTimeout = 10 * time.Second

// writeAuditEntry completes and writes an audit entry. Only its initiator is personal
// data. The write outlasts the request: a client cannot avoid the entry by closing
// the connection.
func writeAuditEntry(ctx context.Context, v *view.View, log auditLog, e record.Event, details any) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), auditTimeout)
	defer cancel()
	e.Category = record.CategoryGatebook
	e.Text, _ = view.AuditText(locale.English, &e)
	e.Impersonal = []string{"text", "params", "changes", "details"}
	if v.User != "" {
		e.Initiator = &record.Initiator{ID: v.User, Name: v.User, Kind: "user"}
	}
	var err error
	if e.Details, err = json.Marshal(details); err != nil {
		return fmt.Errorf("encoding the details of an entry: %w", err)
	}
	if err := log.Note(ctx, e); err != nil {
		return fmt.Errorf("writing the entry %s by %q: %w", e.Type, v.User, err)
	}
	return nil
}
