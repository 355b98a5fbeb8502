package importer

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

	"github.com/gatebook/gatebook/plugin/cli/logfile"
	"github.com/gatebook/gatebook/store/serverlog"
)

// idBytes is how much of a log identifies it: enough to tell logs apart, and there
// from the beginning, so that a log keeps its id while it grows.
const idBytes = 4096

// importIDs returns the ids under which a log that begins with head may have been
// imported, the one for a new import first. The others are those that it had while it
// was shorter than idBytes: the lines that it had then.
func importIDs(head []byte, eol byte) []string {
	head = head[:min(len(head), idBytes)]
	var ids []string
	if ends := bytes.IndexByte(head, eol) >= 0; !ends || len(head) == idBytes {
		ids = append(ids, importID(head))
	}
	for end := bytes.LastIndexByte(head, eol); end >= 0; end = bytes.LastIndexByte(head[:end], eol) {
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

// earlierImport is the stored checkpoint of a log that began like this one.
type earlierImport struct {
	id string
	serverlog.ImportCheckpoint
	// same reports that it is this log, more that the log goes on after it.
	same, more bool
}

// earlierImports returns all imports of logs that began with head, and a free id. A
// second import of the same log has a number behind its id.
func earlierImports(ctx context.Context, into Target, head []byte, eol byte) (free string, earlier []earlierImport, err error) {
	ids := importIDs(head, eol)
	for _, id := range ids {
		stored, err := into.Imported(ctx, id)
		if err != nil {
			return "", nil, err
		}
		if stored.Bytes == 0 {
			continue
		}
		for free = id; stored.Bytes > 0; {
			earlier = append(earlier, earlierImport{id: free, ImportCheckpoint: stored})
			free = id + "+" + strconv.Itoa(len(earlier))
			if stored, err = into.Imported(ctx, free); err != nil {
				return "", nil, err
			}
		}
		return free, earlier, nil
	}
	return ids[0], nil, nil
}

// compare finds out which of the earlier imports are of this log.
func compare(s *logfile.Source, earlier []earlierImport) error {
	slices.SortStableFunc(earlier, func(a, b earlierImport) int { return cmp.Compare(a.Bytes, b.Bytes) })
	for i := range earlier {
		e := &earlier[i]
		err := s.Skip(e.Bytes)
		if errors.Is(err, io.EOF) {
			return nil // this log is shorter than it and all further ones
		}
		if err != nil {
			return err
		}
		e.same, e.more = s.Checkpoint() == e.ImportCheckpoint, s.More()
	}
	return nil
}

// errBeginsTheSame is wrapped by the error for a log that begins like an imported one
// and continues differently.
var errBeginsTheSame = errors.New("another log was imported that begins in the same way")

// resume finds where the import of s continues, takes everything before that from s,
// and returns the import's id. With again, an imported log is a new one.
func resume(ctx context.Context, into Target, s *logfile.Source, again bool) (id string, err error) {
	head, err := s.Head()
	if err != nil {
		return "", err
	}
	free, earlier, err := earlierImports(ctx, into, head, s.EOL())
	if err != nil {
		return "", &storeError{fmt.Errorf("asking what is imported of %s: %w", s.Name, err)}
	}
	if err := compare(s, earlier); err != nil {
		return "", err
	}
	chosen := earlierImport{id: free}
	for _, e := range earlier {
		if e.same && (e.more || !again) {
			chosen = e
		}
	}
	if chosen.Bytes == 0 && len(earlier) > 0 && !again {
		return "", fmt.Errorf("%s: %w; give --again if it is to be imported as well", s.Name, errBeginsTheSame)
	}
	if s.Bytes() != chosen.Bytes {
		if err := s.Rewind(); err != nil {
			return "", err
		}
		if err := s.Skip(chosen.Bytes); err != nil {
			return "", fmt.Errorf("reading %s: %w", s.Name, err)
		}
	}
	return chosen.id, nil
}
