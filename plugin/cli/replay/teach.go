package replay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/gatebook/gatebook/logformat"
	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/plugin/cli/logfile"
	"github.com/gatebook/gatebook/record/display"
)

// Teach gives past requests to a detector, so that it learns about the application. It
// returns how many there were. said is what is known about how the logs are written.
func Teach(ctx context.Context, d *abuse.Detector, said logformat.Dialect, files []string) (requests int, err error) {
	t := &trial{name: "learned", detector: d}
	// Nothing is printed about what would have been flagged.
	r := &replayer{dialect: said, trials: []*trial{t}, summary: true, out: io.Discard, unreadable: os.Stderr, progress: logfile.NewProgress(os.Stderr)}
	for _, path := range files {
		n, err := r.file(ctx, path, io.Discard)
		r.progress.Clear()
		t.found = nil
		requests += n
		if ctx.Err() != nil {
			return requests, fmt.Errorf("stopped while reading %s; nothing was learned", display.Visible(path))
		}
		if err != nil {
			return requests, err
		}
	}
	if requests == 0 {
		return 0, errors.New("there is no request in these files")
	}
	return requests, nil
}
