package importer

import (
	"context"

	"github.com/gatebook/gatebook/service"
	"github.com/gatebook/gatebook/store/serverlog"
)

// Target takes imports; see the methods of [service.Logs].
type Target interface {
	Imported(ctx context.Context, id string) (serverlog.ImportCheckpoint, error)
	Import(context.Context, service.ImportChunk) error
	SealImport(context.Context) error
}

// Interface guards
var _ Target = (*service.Logs)(nil)
