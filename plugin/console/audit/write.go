// Package audit makes the changes that users of a console may make, and writes audit
// entries of changes and exports: entries of the application log in the category
// gatebook. An entry names its author and no other person.
package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/gatebook/gatebook/plugin/console/locale"
	"github.com/gatebook/gatebook/plugin/console/view"
	"github.com/gatebook/gatebook/record"
)

// writeTimeout limits the writing of an entry.
const writeTimeout = 10 * time.Second

// Write completes and writes an audit entry. Only its initiator is personal
// data. The write outlasts the request: a client cannot avoid the entry by closing
// the connection.
func Write(ctx context.Context, v *view.View, log Log, e record.Event, details any) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTimeout)
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
