package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"time"
)

// childArg makes this program a child that does one job on a store of its own,
// so that its CPU time and its memory are its alone.
const childArg = "child"

// job is what a child is asked to do.
type job struct {
	role     string
	dir      string // of the store; "" measures what it takes without one
	form     form
	file     string // a log in combined format, for form combined
	records  int
	seed     uint64
	rate     int // requests or events a second
	writers  int
	maxProcs int
}

// roles are the children's jobs; what they return is printed as JSON.
var roles = map[string]func(context.Context, job) (any, error){
	"import":       importJob,
	"ingest":       ingestJob,
	"questions":    questionsJob,
	"footprint":    footprintJob,
	"fill":         fillJob,
	"search":       searchJob,
	"append":       appendJob,
	"transactions": transactionsJob,
	"backlog":      backlogJob,
	"reopen":       reopenJob,
}

// childMain is main in a child.
func childMain(args []string) int {
	var j job
	flags := flag.NewFlagSet(childArg, flag.ExitOnError)
	flags.StringVar(&j.role, "role", "", "")
	flags.StringVar(&j.dir, "dir", "", "")
	flags.StringVar((*string)(&j.form), "form", "", "")
	flags.StringVar(&j.file, "file", "", "")
	flags.IntVar(&j.records, "records", 0, "")
	flags.Uint64Var(&j.seed, "seed", 0, "")
	flags.IntVar(&j.rate, "rate", 0, "")
	flags.IntVar(&j.writers, "writers", 1, "")
	_ = flags.Parse(args)
	result, err := roles[j.role](context.Background(), j)
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(result)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// spent is what a child took.
type spent struct {
	cpu  time.Duration
	wall time.Duration
}

// child does a job in a child and fills in result.
func (r *run) child(j job, result any) (spent, error) {
	self, err := os.Executable()
	if err != nil {
		return spent{}, err
	}
	cmd := exec.CommandContext(r.ctx, self, childArg, "-role", j.role, "-dir", j.dir, "-form", string(j.form), "-file", j.file,
		"-records", strconv.Itoa(j.records), "-seed", strconv.FormatUint(r.seed, 10), "-rate", strconv.Itoa(j.rate),
		"-writers", strconv.Itoa(max(1, j.writers)))
	if j.maxProcs > 0 {
		cmd.Env = append(os.Environ(), "GOMAXPROCS="+strconv.Itoa(j.maxProcs))
	}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, os.Stderr
	began := time.Now()
	cpu, err := cpuUsed(cmd)
	if err != nil {
		return spent{}, fmt.Errorf("%s: %w", j.role, err)
	}
	return spent{cpu, time.Since(began)}, json.Unmarshal(out.Bytes(), result)
}

// nothing is the result of a job whose cost is all that is asked for.
type nothing struct{}
