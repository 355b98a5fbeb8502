package kv

import (
	"errors"
)

// Errors that occur while reading or writing.
var (
	// ErrClosed says that the store has been closed.
	ErrClosed = errors.New("the store is closed")
	// ErrDiskFull says that too little space is left to write safely.
	ErrDiskFull = errors.New("the disk is full")
	// ErrNewer says that a newer version of Gatebook wrote the directory.
	ErrNewer = errors.New("written by a newer version")
)
