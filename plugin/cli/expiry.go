package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/gatebook/gatebook/plugin"
	"github.com/gatebook/gatebook/plugin/cli/backend"
	"github.com/gatebook/gatebook/plugin/cli/importer"
)

// expiryOf returns which imported requests will be deleted, as far as that is known. A
// server knows it, unless one of its logs is down. A directory does not, but in one that
// was just made the default holds until somebody configures it.
func expiryOf(ctx context.Context, logs backend.Logs) (e importer.Expiry) {
	if d, ok := logs.(*backend.Directory); ok {
		if d.Created {
			keep := plugin.DefaultServerRetention
			e.Before = time.Now().Add(-keep)
			e.Says = fmt.Sprintf("older than %d days, the default of retention; a server deletes them within an hour after it opened this directory, unless its server_log has a longer retention", int(keep.Hours()/24))
		}
		return e
	}
	report, err := logs.Retain(ctx, nil, true)
	if err != nil {
		return e
	}
	e.Before = report.ServerLog.DeletedBefore
	e.Says = fmt.Sprintf("older than the retention (%s) and will be deleted within an hour", e.Before.In(logs.Location()).Format(time.DateTime))
	return e
}
