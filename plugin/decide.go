package plugin

import (
	"context"

	"github.com/gatebook/gatebook/record"
)

// Decide makes a decision. It is in force and on the disk when Decide returns.
func (in *instance) Decide(ctx context.Context, what record.DecisionRequest) (record.Flag, error) {
	logs, err := in.logs()
	if err != nil {
		return record.Flag{}, err
	}
	return logs.Decide(ctx, what)
}
