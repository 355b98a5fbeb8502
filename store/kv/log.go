package kv

import (
	"fmt"
	"log/slog"
	"strings"

	"github.com/dgraph-io/badger/v4"
)

// badgerLog passes on Badger's warnings and errors, and drops other messages.
type badgerLog struct{ log *slog.Logger }

func (l badgerLog) Errorf(format string, args ...any) { l.log.Error(text(format, args)) }

func (l badgerLog) Warningf(format string, args ...any) { l.log.Warn(text(format, args)) }

func (badgerLog) Infof(string, ...any) {}

func (badgerLog) Debugf(string, ...any) {}

func text(format string, args []any) string {
	return strings.TrimSpace(fmt.Sprintf(format, args...))
}

// Interface guards
var _ badger.Logger = badgerLog{}
