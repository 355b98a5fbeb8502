package main

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"
)

// machine describes the machine and the date of a measurement.
func machine() string {
	return fmt.Sprintf("%s · %s, %d cores · %s · %s",
		time.Now().Format(time.DateOnly), valueIn("/proc/cpuinfo", "model name", ":"), runtime.NumCPU(),
		valueIn("/etc/os-release", "PRETTY_NAME", "="), runtime.Version())
}

// valueIn finds the first value of a key in a file of lines.
func valueIn(file, key, sep string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return runtime.GOOS + "/" + runtime.GOARCH
	}
	for line := range bytes.Lines(text) {
		if k, v, found := strings.Cut(string(line), sep); found && strings.TrimSpace(k) == key {
			return strings.Trim(strings.TrimSpace(v), `"`)
		}
	}
	return "unknown"
}
