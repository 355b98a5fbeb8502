package store

import (
	"context"
	"errors"

	"github.com/gatebook/gatebook/record"
)

// ErrImportGap says that a piece of an import does not begin where what is
// stored of it ends; ask [ServerLog.Imported].
var ErrImportGap = errors.New("the piece does not follow what is stored of this import")

// ImportMark is how much of an import is stored.
type ImportMark struct {
	// Bytes of the imported file, uncompressed.
	Bytes int64
	// Sum is the SHA-256 of those bytes.
	Sum [32]byte
}

// MaxImportPiece is how many requests one piece may have.
const MaxImportPiece = 16384

// Imported is how much of the import id is stored; zero for one that is not
// known.
func (l *ServerLog) Imported(ctx context.Context, id string) (ImportMark, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.marks[id], ctx.Err()
}

// Import stores a piece of the import id, which begins at the byte from and
// ends where end says, all of it or nothing: it returns when the piece and its
// mark are on the disk. Options.Observe names what there is to name. Told twice, the
// same piece is an ErrImportGap, and stored once.
func (l *ServerLog) Import(ctx context.Context, id string, from int64, end ImportMark, requests []record.Request) error {
	have, err := l.Imported(ctx, id)
	if err != nil {
		return err
	}
	if have.Bytes != from {
		return ErrImportGap
	}
	for i := range requests {
		for !l.Record(&requests[i]) {
			if err := l.Flush(ctx); err != nil {
				return err
			}
		}
	}
	if err := l.Flush(ctx); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.marks == nil {
		l.marks = map[string]ImportMark{}
	}
	l.marks[id] = end
	return nil
}

// Seal merges what has been stored into full blocks and gives the disk back
// what that frees.
func (l *ServerLog) Seal(ctx context.Context) error { return l.Flush(ctx) }

// AppendRequests appends requests in the form in which the commands send
// pieces of an import to the server.
func AppendRequests(dst []byte, requests ...record.Request) []byte {
	for i := range requests {
		dst = appendFrame(dst, &requests[i])
	}
	return dst
}

// ReadRequests reads what AppendRequests wrote. The texts of the requests are
// parts of data.
func ReadRequests(data string) ([]record.Request, error) {
	var list []record.Request
	for d := (fieldReader{rest: data}); d.rest != ""; {
		length, micros := d.fixed(4), int64(d.fixed(8))
		body := d.take(int(length))
		var r record.Request
		if d.bad {
			return nil, errRequestForm
		}
		if err := decodeRequest(body, &r); err != nil {
			return nil, err
		}
		r.Time = microTime(micros)
		list = append(list, r)
	}
	return list, nil
}
