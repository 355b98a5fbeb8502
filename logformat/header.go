package logformat

import (
	"bytes"
	"time"
)

// What can stand before a line: a byte order mark, zeros that copytruncate or a crash
// left, and the header of syslog or of a container's log.

var byteOrderMark = []byte("\xef\xbb\xbf")

// trimStart removes zeros and a byte order mark.
func trimStart(line []byte) []byte {
	if len(line) == 0 || line[0] != 0 && line[0] != byteOrderMark[0] {
		return line
	}
	line = bytes.TrimLeft(line, "\x00")
	return bytes.TrimPrefix(line, byteOrderMark)
}

// syslogHeader returns how long the header of a line is, 0 if it has none:
//
//	<190>Nov 29 02:44:51 host nginx[7]: message   RFC 3164, with or without <190>
//	2026-11-29T02:44:51Z host nginx[7]: message   rsyslog's files
//	<190>1 2026-11-29T02:44:51Z host nginx 7 - - message   RFC 5424
//	2026-11-29T02:44:51Z stdout F message         container runtimes
func syslogHeader(line []byte) int {
	if len(line) < 16 || line[0] != '<' && line[4] != '-' && line[3] != ' ' {
		return 0
	}
	h := header{line: line}
	priority := h.priority()
	switch {
	case h.stamp("Jan _2 15:04:05", len("Jan _2 15:04:05")):
		return h.hostAndTag()
	case priority && h.word() == "1" && h.isoStamp():
		return h.rfc5424()
	case !priority && h.isoStamp():
		return h.isoRest()
	}
	return 0
}

// header is how far a header has been read.
type header struct {
	line []byte
	at   int
}

// word returns the next word, and goes behind the space after it.
func (h *header) word() string {
	rest := h.line[h.at:]
	end := bytes.IndexByte(rest, ' ')
	if end < 0 {
		return ""
	}
	h.at += end + 1
	return string(rest[:end])
}

func (h *header) priority() bool {
	if h.line[0] != '<' {
		return false
	}
	end := bytes.IndexByte(h.line[:min(len(h.line), 5)], '>')
	if end < 2 {
		return false
	}
	h.at = end + 1
	return true
}

func (h *header) stamp(layout string, n int) bool {
	rest := h.line[h.at:]
	if len(rest) <= n || rest[n] != ' ' {
		return false
	}
	if _, err := time.Parse(layout, string(rest[:n])); err != nil {
		return false
	}
	h.at += n + 1
	return true
}

func (h *header) isoStamp() bool {
	_, err := time.Parse(time.RFC3339, h.word())
	return err == nil
}

// hostAndTag reads the host and the program, whose name ends with a colon.
func (h *header) hostAndTag() int {
	if h.word() == "" {
		return 0
	}
	if tag := h.word(); len(tag) < 2 || tag[len(tag)-1] != ':' {
		return 0
	}
	return h.at
}

func (h *header) isoRest() int {
	start := h.at
	if stream := h.word(); stream == "stdout" || stream == "stderr" {
		if tag := h.word(); tag == "F" || tag == "P" {
			return h.at
		}
	}
	h.at = start
	return h.hostAndTag()
}

// rfc5424 reads host, program, process, message id and structured data.
func (h *header) rfc5424() int {
	for range 4 {
		if h.word() == "" {
			return 0
		}
	}
	rest := h.line[h.at:]
	switch {
	case bytes.HasPrefix(rest, []byte("- ")):
		h.at += len("- ")
	case bytes.HasPrefix(rest, []byte("[")):
		end := bytes.Index(rest, []byte("] "))
		if end < 0 {
			return 0
		}
		h.at += end + len("] ")
	default:
		return 0
	}
	if bytes.HasPrefix(h.line[h.at:], byteOrderMark) {
		h.at += len(byteOrderMark)
	}
	return h.at
}
