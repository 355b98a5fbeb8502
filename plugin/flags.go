package plugin

import (
	"context"
	"errors"

	"github.com/gatebook/gatebook/record"
)

// Flags returns a page of the review queue.
func (in *instance) Flags(context.Context, record.FlagQuery) ([]record.Flag, string, error) {
	return nil, "", errors.New("not built yet")
}

// Flag is one with its evidence.
func (in *instance) Flag(context.Context, string) (record.FlagCase, error) {
	return record.FlagCase{}, errors.New("not built yet")
}

// Decide does what somebody decides.
func (in *instance) Decide(context.Context, record.Deciding) (record.Flag, error) {
	return record.Flag{}, errors.New("not built yet")
}
