package main

import (
	"bufio"
	"bytes"
	"fmt"
	"iter"
	"math/rand/v2"
	"os"

	"github.com/gatebook/gatebook/bench/corpus"
	"github.com/gatebook/gatebook/logformat"
	"github.com/gatebook/gatebook/record"
)

// form is a kind of log.
type form string

const (
	// full is the synthetic log with every field, as a gate records it.
	full form = "full"
	// combined is the synthetic log, or a file, in combined format.
	combined form = "combined"
	// hostile is the synthetic log with every path and agent random.
	hostile form = "hostile"
)

// synthetic are the requests of a log.
func synthetic(f form, seed uint64, n int) iter.Seq[*record.Request] {
	return func(yield func(*record.Request) bool) {
		log, rng := corpus.New(seed, n), rand.New(rand.NewPCG(seed, 2))
		for r := new(record.Request); log.Next(r); {
			if f == hostile {
				corpus.Hostile(rng, r)
			}
			if !yield(r) {
				return
			}
		}
	}
}

// lines are the requests of a file in combined format. What is no request is
// left out.
func lines(name string, failed *error) iter.Seq[*record.Request] {
	return func(yield func(*record.Request) bool) {
		f, err := os.Open(name)
		if err != nil {
			*failed = err
			return
		}
		defer f.Close()
		scan := bufio.NewScanner(f)
		scan.Buffer(nil, 1<<20)
		for scan.Scan() {
			r, err := logformat.Parse(logformat.Combined, scan.Bytes())
			if err == nil && !yield(&r) {
				return
			}
		}
		*failed = scan.Err()
	}
}

// logFile writes a synthetic log as combined lines, once a run.
func (r *run) logFile(f form) (string, error) {
	if name, there := r.made[f]; there {
		return name, nil
	}
	name := r.path(string(f) + ".log")
	file, err := os.Create(name)
	if err != nil {
		return "", err
	}
	defer file.Close()
	w := bufio.NewWriterSize(file, 1<<20)
	n := r.records
	if f == hostile {
		n /= 4 // what compresses badly takes its time, and shows soon
	}
	var line []byte
	for req := range synthetic(f, r.seed, n) {
		line = append(logformat.AppendCombined(line[:0], req), '\n')
		if _, err := w.Write(line); err != nil {
			return "", err
		}
	}
	r.made[f] = name
	if err := w.Flush(); err != nil {
		return "", fmt.Errorf("writing a log: %w", err)
	}
	return name, nil
}

func countLines(name string) (n int, err error) {
	f, err := os.Open(name)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	buf := make([]byte, 1<<16)
	for {
		got, err := f.Read(buf)
		n += bytes.Count(buf[:got], []byte("\n"))
		if got == 0 {
			return n, nil
		} else if err != nil {
			return n, err
		}
	}
}
