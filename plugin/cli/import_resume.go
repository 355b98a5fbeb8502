package cli

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/gatebook/gatebook/store/serverlog"
)

// idBytes is how much of a log names it: enough to tell logs apart, and there
// from the beginning, so that a log keeps its name while it grows.
const idBytes = 4096

// importIDs are the names under which a log that begins with head may be
// known, the one for a new import first. The others are those that it had while
// it was shorter than idBytes: the lines which it had then.
func importIDs(head []byte) []string {
	head = head[:min(len(head), idBytes)]
	var ids []string
	if ends := bytes.IndexByte(head, '\n') >= 0; !ends || len(head) == idBytes {
		ids = append(ids, importID(head))
	}
	for end := bytes.LastIndexByte(head, '\n'); end >= 0; end = bytes.LastIndexByte(head[:end], '\n') {
		if end+1 < idBytes {
			ids = append(ids, importID(head[:end+1]))
		}
	}
	return ids
}

func importID(head []byte) string {
	sum := sha256.Sum256(head)
	return hex.EncodeToString(sum[:])
}

// formerImport is what is stored of a log that began like this one.
type formerImport struct {
	id string
	serverlog.ImportCheckpoint
	// same says that it is this log, more that the log goes on after it.
	same, more bool
}

// formerImports asks for all imports of logs that began with head. A further
// one of the same log has a number behind its id. The id returned is a free one.
func formerImports(ctx context.Context, into importBooks, head []byte) (free string, former []formerImport, err error) {
	ids := importIDs(head)
	for _, id := range ids {
		mark, err := into.imported(ctx, id)
		if err != nil {
			return "", nil, err
		}
		if mark.Bytes == 0 {
			continue
		}
		for free = id; mark.Bytes > 0; {
			former = append(former, formerImport{id: free, ImportCheckpoint: mark})
			free = id + "+" + strconv.Itoa(len(former))
			if mark, err = into.imported(ctx, free); err != nil {
				return "", nil, err
			}
		}
		return free, former, nil
	}
	return ids[0], nil, nil
}

// compare finds out which of the former imports are of this log.
func (s *source) compare(former []formerImport) error {
	slices.SortStableFunc(former, func(a, b formerImport) int { return cmp.Compare(a.Bytes, b.Bytes) })
	for i := range former {
		f := &former[i]
		err := s.skip(f.Bytes)
		if errors.Is(err, io.EOF) {
			return nil // this log is shorter, and so are no further ones
		}
		if err != nil {
			return err
		}
		f.same, f.more = s.mark() == f.ImportCheckpoint, s.more()
	}
	return nil
}

// errBeginsTheSame is wrapped by the error for a log that begins like one that
// was imported, and goes on in another way.
var errBeginsTheSame = errors.New("another log was imported that begins in the same way")

// goOn finds where the import of s goes on, takes everything before that from
// s, and returns the import's id. With again, a log that is imported is taken
// for a new one.
func goOn(ctx context.Context, into importBooks, s *source, again bool) (id string, err error) {
	head, err := s.head()
	if err != nil {
		return "", err
	}
	free, former, err := formerImports(ctx, into, head)
	if err != nil {
		return "", fmt.Errorf("asking what is imported of %s: %w", s.name, err)
	}
	if err := s.compare(former); err != nil {
		return "", err
	}
	chosen := formerImport{id: free}
	for _, f := range former {
		if f.same && (f.more || !again) {
			chosen = f
		}
	}
	if chosen.Bytes == 0 && len(former) > 0 && !again {
		return "", fmt.Errorf("%s: %w; give --again if it is to be imported as well", s.name, errBeginsTheSame)
	}
	if s.bytes != chosen.Bytes {
		if err := s.rewind(); err != nil {
			return "", err
		}
		if err := s.skip(chosen.Bytes); err != nil {
			return "", s.failed(err)
		}
	}
	return chosen.id, nil
}
