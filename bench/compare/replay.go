package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"time"

	"github.com/gatebook/gatebook/logformat"
	"github.com/gatebook/gatebook/record"
)

// leastReplayed is the bar: lines a second, start-up and all.
const leastReplayed = 200_000

// replay measures how fast `gatebook replay` reads the synthetic log, in each
// format that it reads.
func (r *run) replay() error {
	gate := r.path("gatebook-replay")
	if err := buildGate(gate); err != nil {
		return err
	}
	t := newTable(fmt.Sprintf("Replay: %d lines", r.records), "", "lines a second", "bar", "", "CPU a line")
	for _, f := range replayFormats {
		name, err := r.writeLog(f.name, f.write)
		if err != nil {
			return err
		}
		wall, cpu, err := r.timeReplay(gate, name)
		if err != nil {
			return err
		}
		perSecond := float64(r.records) / wall.Seconds() // more is better: both are negated for bar
		t.add(f.name, fmt.Sprintf("%.0f", perSecond), fmt.Sprint(leastReplayed), bar(-perSecond, -leastReplayed), micros(cpu/time.Duration(r.records)))
	}
	t.note("Wall time of the whole process, the median of %d; %d cores.", r.rounds(3), runtime.NumCPU())
	t.print(r.out)
	return nil
}

func micros(d time.Duration) string { return fmt.Sprintf("%.2f µs", float64(d.Nanoseconds())/1000) }

func (r *run) timeReplay(gate, name string) (wall, cpu time.Duration, err error) {
	var walls, cpus []time.Duration
	for range r.rounds(3) {
		start := time.Now()
		used, err := cpuUsed(exec.CommandContext(r.ctx, gate, "replay", "--summary", name))
		if err != nil {
			return 0, 0, err
		}
		walls, cpus = append(walls, time.Since(start)), append(cpus, used)
	}
	return median(walls), median(cpus), nil
}

// replayFormats are the formats, and how a log of one is written.
var replayFormats = []struct {
	name  string
	write func(io.Writer, func(func(*record.Request) bool)) error
}{
	{"combined", writeCombined},
	{"Caddy's JSON", writeCaddy},
	{"NDJSON", writeNDJSON},
}

func (r *run) writeLog(name string, write func(io.Writer, func(func(*record.Request) bool)) error) (string, error) {
	file, err := os.CreateTemp(r.tmp, "replay-*.log")
	if err != nil {
		return "", err
	}
	w := bufio.NewWriterSize(file, 1<<20)
	if err := errors.Join(write(w, synthetic(full, r.seed, r.records)), w.Flush(), file.Close()); err != nil {
		return "", fmt.Errorf("writing a log of %s: %w", name, err)
	}
	return file.Name(), nil
}

func writeCombined(w io.Writer, log func(func(*record.Request) bool)) (err error) {
	var line []byte
	for r := range log {
		line = append(logformat.AppendCombined(line[:0], r), '\n')
		if _, err = w.Write(line); err != nil {
			break
		}
	}
	return err
}

func writeNDJSON(w io.Writer, log func(func(*record.Request) bool)) (err error) {
	out := logformat.NewWriter(w, logformat.NDJSONLines, time.UTC)
	for r := range log {
		if err = out.Requests(*r); err != nil {
			return err
		}
	}
	return out.Flush()
}

// caddyLine is a line of Caddy's access log, with its order of keys.
type caddyLine struct {
	Level   string  `json:"level"`
	TS      float64 `json:"ts"`
	Logger  string  `json:"logger"`
	Msg     string  `json:"msg"`
	Request struct {
		RemoteIP   netip.Addr  `json:"remote_ip"`
		RemotePort string      `json:"remote_port"`
		ClientIP   netip.Addr  `json:"client_ip"`
		Proto      string      `json:"proto"`
		Method     string      `json:"method"`
		Host       string      `json:"host"`
		URI        string      `json:"uri"`
		Headers    http.Header `json:"headers"`
	} `json:"request"`
	BytesRead   int64       `json:"bytes_read"`
	UserID      string      `json:"user_id"`
	Duration    float64     `json:"duration"`
	Size        int64       `json:"size"`
	Status      int         `json:"status"`
	RespHeaders http.Header `json:"resp_headers"`
}

// writeCaddy writes lines with the headers that browsers send and servers answer.
func writeCaddy(w io.Writer, log func(func(*record.Request) bool)) (err error) {
	out := json.NewEncoder(w)
	line := caddyLine{
		Level: "info", Logger: "http.log.access.log0", Msg: "handled request",
		RespHeaders: http.Header{"Server": {"Caddy"}, "Content-Type": {"text/html; charset=utf-8"}, "Date": {"Sun, 17 May 2015 10:05:03 GMT"}},
	}
	for r := range log {
		line.TS, line.BytesRead, line.Size, line.Status = float64(r.Time.UnixMicro())/1e6, r.BytesIn, r.Bytes, r.Status
		line.UserID, line.Duration = r.User, r.Duration.Seconds()
		q := &line.Request
		q.RemoteIP, q.RemotePort, q.ClientIP, q.Proto, q.Method, q.Host = r.IP, "51234", r.IP, r.Proto, r.Method, r.Host
		if q.URI = r.Path; r.Query != "" {
			q.URI += "?" + r.Query
		}
		q.Headers = http.Header{"User-Agent": {r.UserAgent}, "Referer": {r.Referer}, "Accept": {"*/*"}, "Accept-Encoding": {"gzip, deflate, br"}}
		if err = out.Encode(&line); err != nil {
			break
		}
	}
	return err
}
