package main

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/gatebook/gatebook/plugin/useragent"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store"
	"github.com/gatebook/gatebook/store/serverlog"
)

// openStore opens a store as the plugin does: what names user agents is a part
// of what a record costs.
func openStore(dir string) (*store.Store, error) {
	agents := useragent.New()
	return store.Open(dir, store.Options{Instance: "bench", Observe: func(r *record.Request) {
		r.Browser, r.OS = agents.Parse(r.UserAgent)
	}})
}

// imported is the result of an import.
type imported struct {
	Records int
	// Memory is the most that the process held, beyond what it held before.
	Memory int64
}

// importJob imports a log and seals it.
func importJob(ctx context.Context, j job) (any, error) {
	debug.SetGCPercent(50) // as the gatebook binary does
	var failed error
	requests := synthetic(j.form, j.seed, j.records)
	if j.file != "" {
		requests = lines(j.file, &failed)
	}
	before := anonymous()
	stop := watchMemory(200 * time.Millisecond)
	s, err := openStore(j.dir)
	if err != nil {
		return nil, err
	}
	n, err := importAll(ctx, s.ServerLog, requests)
	if err == nil {
		err = s.ServerLog.Seal(ctx)
	}
	held := stop()
	return imported{n, held[len(held)-1] - before}, errors.Join(err, failed, s.Close())
}

func importAll(ctx context.Context, log *serverlog.Log, requests iter.Seq[*record.Request]) (n int, err error) {
	var checkpoint serverlog.ImportCheckpoint
	chunk := make([]record.Request, 0, serverlog.MaxImportChunk)
	put := func() error {
		from := checkpoint.Bytes
		checkpoint.Bytes += int64(len(chunk))
		err := log.Import(ctx, "bench", from, checkpoint, chunk)
		n += len(chunk)
		chunk = chunk[:0]
		return err
	}
	for r := range requests {
		if chunk = append(chunk, *r); len(chunk) == cap(chunk) {
			if err := put(); err != nil {
				return n, err
			}
		}
	}
	if len(chunk) == 0 {
		return n, nil
	}
	return n, put()
}

// sizes are the bytes that the files of a directory take on the disk, and what is in
// them.
func sizes(dir string) (onDisk, content int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		onDisk += allocated(info)
		if info.Mode().IsRegular() {
			content += info.Size()
		}
		return nil
	})
	return onDisk, content, err
}
