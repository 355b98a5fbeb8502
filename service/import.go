package service

import (
	"context"
	"encoding/hex"
	"fmt"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/serverlog"
)

// ImportChunk is a part of a log that is imported.
type ImportChunk struct {
	// ID is the import's.
	ID string
	// From is where the chunk begins in the log, End where it ends, with the
	// checksum of all before that.
	From int64
	End  serverlog.ImportCheckpoint
	// Requests are the chunk's, oldest first.
	Requests []record.Request
}

// CanImport returns nil if the server log is open, or the reason why it is not.
func (l *Logs) CanImport() error {
	_, err := l.serverLog()
	return err
}

// Imported returns how much of an import is stored; zero if it is unknown.
func (l *Logs) Imported(ctx context.Context, id string) (serverlog.ImportCheckpoint, error) {
	log, err := l.serverLog()
	if err != nil {
		return serverlog.ImportCheckpoint{}, err
	}
	return log.Imported(ctx, id)
}

// Import stores a chunk, which is on the disk when Import returns. A chunk that does
// not begin where the stored part of its import ends is a [serverlog.ErrImportGap].
func (l *Logs) Import(ctx context.Context, c ImportChunk) error {
	log, err := l.serverLog()
	if err != nil {
		return err
	}
	return log.Import(ctx, c.ID, c.From, c.End, c.Requests)
}

// SealImport merges what was imported into large blocks.
func (l *Logs) SealImport(ctx context.Context) error {
	log, err := l.serverLog()
	if err != nil {
		return err
	}
	return log.Seal(ctx)
}

// Checkpoint is a [serverlog.ImportCheckpoint] as the admin endpoint sends it.
type Checkpoint struct {
	// Bytes of the imported log, uncompressed.
	Bytes int64 `json:"bytes"`
	// Sum is the SHA-256 of those bytes in hexadecimal digits, "" for no bytes.
	Sum string `json:"sum"`
}

// NewCheckpoint returns how to send a checkpoint.
func NewCheckpoint(c serverlog.ImportCheckpoint) Checkpoint {
	if c.Bytes == 0 {
		return Checkpoint{}
	}
	return Checkpoint{c.Bytes, hex.EncodeToString(c.Sum[:])}
}

// Parse returns the checkpoint that was sent.
func (c Checkpoint) Parse() (parsed serverlog.ImportCheckpoint, err error) {
	if c.Bytes == 0 {
		return parsed, nil
	}
	sum, err := hex.DecodeString(c.Sum)
	if err != nil || len(sum) != len(parsed.Sum) {
		return parsed, fmt.Errorf("%q is no SHA-256", c.Sum)
	}
	parsed.Bytes = c.Bytes
	copy(parsed.Sum[:], sum)
	return parsed, nil
}
