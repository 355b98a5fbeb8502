package store

import (
	"errors"

	"github.com/gatebook/gatebook/store/kv"
)

// Errors that occur when opening a directory. The error that Open returns
// wraps one of them, names the directory and says what to do.
var (
	// ErrForeign says that the directory holds something else.
	ErrForeign = errors.New("not a Gatebook directory")
	// ErrInUse says that another process has the directory open.
	ErrInUse = errors.New("in use by another process")
	// ErrNewer says that a newer version of Gatebook wrote the directory.
	ErrNewer = kv.ErrNewer
	// ErrOtherInstance says that the directory holds another instance's logs.
	ErrOtherInstance = errors.New("belongs to another instance")
)

// Errors that occur while reading or writing.
var (
	// ErrClosed says that the store has been closed.
	ErrClosed = kv.ErrClosed
	// ErrDiskFull says that too little space is left to write safely.
	ErrDiskFull = kv.ErrDiskFull
)
