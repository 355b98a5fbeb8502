package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// run is one run of everything, or of a part.
type run struct {
	ctx     context.Context
	out     io.Writer
	tmp     string // removed at the end
	records int
	seed    uint64
	quick   bool
	ultra   bool
	log     string // a real combined log

	made map[form]string // logs that have been written
}

// parts are what can be asked for with -only, in their order.
var parts = []struct {
	name    string
	measure func(*run) error
}{
	{"request", (*run).request},
	{"disk", (*run).disk},
	{"ingest", (*run).ingest},
	{"questions", (*run).questions},
	{"footprint", (*run).footprint},
	{"search", (*run).search},
	{"durable", (*run).durable},
	{"replay", (*run).replay},
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == childArg {
		os.Exit(childMain(os.Args[2:]))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := compare(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		stop()
		os.Exit(1)
	}
}

func compare(ctx context.Context) (err error) {
	r := &run{ctx: ctx, out: os.Stdout, made: map[form]string{}}
	flag.IntVar(&r.records, "records", 1_000_000, "requests in the synthetic log")
	flag.Uint64Var(&r.seed, "seed", 1, "seed of the synthetic log")
	flag.BoolVar(&r.quick, "quick", false, "a tenth of the work, to see that everything runs; the figures mean little")
	flag.BoolVar(&r.ultra, "ultra", false, "zstd --ultra -22 whatever the size; it needs a gigabyte of memory and its time")
	flag.StringVar(&r.log, "log", "../shared/data/access/apache_logs", "a real log in combined format")
	only := flag.String("only", "", "parts to run, with commas: "+partNames())
	flag.Parse()
	if r.quick && r.records == 1_000_000 {
		r.records = 100_000
	}
	wanted, err := wantedParts(*only)
	if err != nil {
		return err
	}
	if r.tmp, err = os.MkdirTemp("", "gatebook-compare-"); err != nil {
		return err
	}
	defer os.RemoveAll(r.tmp)
	fmt.Fprintln(r.out, machine())
	for _, p := range parts {
		if !slices.Contains(wanted, p.name) {
			continue
		}
		if err := p.measure(r); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return nil
}

func wantedParts(only string) ([]string, error) {
	all := strings.Split(partNames(), ",")
	if only == "" {
		return all, nil
	}
	list := strings.Split(only, ",")
	for _, name := range list {
		if !slices.Contains(all, name) {
			return nil, fmt.Errorf("-only knows %s, not %q", partNames(), name)
		}
	}
	return list, nil
}

func partNames() string {
	var names []string
	for _, p := range parts {
		names = append(names, p.name)
	}
	return strings.Join(names, ",")
}

// rounds is how often a figure is measured; the table has the median.
func (r *run) rounds(n int) int {
	if r.quick {
		return max(1, n/3)
	}
	return n
}

func (r *run) path(name string) string { return filepath.Join(r.tmp, name) }
