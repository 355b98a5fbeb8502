package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"time"

	"github.com/gatebook/gatebook/store/serverlog"
)

// The bars: memory held while records arrive, memory held during an import or a
// question, and the time to open.
const (
	mostMemory    = 50_000_000
	mostAsked     = 150_000_000
	mostOpening   = time.Second
	footprintRate = 50_000
	footprintTime = 12 * time.Second
)

// held is what a child held while records arrived.
type held struct {
	Typical, Most int64
	Opening       time.Duration
}

// footprint measures the memory that a process holds with a log of many records
// while more arrive, beyond that of one which only makes them.
func (r *run) footprint() error {
	dir, err := r.fullStore()
	if err != nil {
		return err
	}
	lasting := int(footprintTime.Seconds())
	if r.quick {
		lasting /= 4
	}
	var with, without held
	for dir, result := range map[string]*held{"": &without, dir: &with} {
		j := job{role: "footprint", dir: dir, form: full, records: footprintRate * lasting, rate: footprintRate}
		if _, err := r.child(j, result); err != nil {
			return err
		}
	}
	t := newTable(fmt.Sprintf("Footprint: %d records kept, %d a second arriving", r.records, footprintRate), "", "", "bar", "")
	typical, most := with.Typical-without.Typical, with.Most-without.Most
	t.add("anonymous memory over none, typically", megabytes(typical), megabytes(mostMemory), bar(typical, mostMemory))
	t.add("the most", megabytes(most), megabytes(mostMemory), bar(most, mostMemory))
	t.add("opening the directory", with.Opening.Round(time.Millisecond).String(), mostOpening.String(), bar(with.Opening, mostOpening))
	t.note("The process without a log holds %s; with one, the full caches of user agents are included.", megabytes(without.Typical))
	t.print(r.out)
	return nil
}

func footprintJob(ctx context.Context, j job) (any, error) {
	debug.SetGCPercent(50) // as the gatebook binary does
	var h held
	var log *serverlog.Log
	closing := func() error { return nil }
	if j.dir != "" {
		began := time.Now()
		s, err := openStore(j.dir)
		if err != nil {
			return nil, err
		}
		h.Opening = time.Since(began)
		log, closing = s.ServerLog, s.Close
	}
	stop := watchMemory(250 * time.Millisecond)
	err := pour(ctx, log, j)
	seen := stop()
	h.Typical, h.Most = seen[len(seen)/2], seen[len(seen)-1]
	return h, errors.Join(err, closing())
}

// fullStore is a directory with the synthetic log, every field of it, sealed.
func (r *run) fullStore() (string, error) {
	dir := r.path("full")
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	_, err := r.child(job{role: "import", dir: dir, form: full, records: r.records}, &imported{})
	return dir, err
}
