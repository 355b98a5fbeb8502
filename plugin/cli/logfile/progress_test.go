package logfile

import (
	"bytes"
	"testing"
	"time"
)

func TestProgress(t *testing.T) {
	var out bytes.Buffer
	now := time.Unix(0, 0)
	p := &Progress{out: &out, now: func() time.Time { return now }}
	s := &Source{Name: "access.log", size: 4 << 20, read: 1 << 20}
	p.Begin()
	now = now.Add(time.Second)
	p.Add(s, 1500)
	now = now.Add(showEvery / 2)
	p.Add(s, 10) // too soon
	p.Clear()
	if want := "\r\x1b[Kaccess.log: 1.0 MiB of 4.0 MiB (25 %), 1,500 lines/s\r\x1b[K"; out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
}
