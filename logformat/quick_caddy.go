package logformat

import (
	"bytes"
	"strconv"
)

// quickCaddy reads a line of Caddy's access log, or reports that it has to be
// read otherwise.
func quickCaddy(line []byte) (in caddyLine, ok bool) {
	q := quick{line: line}
	var seen uint32
	q.object(func(key []byte) {
		switch string(key) {
		case "ts":
			q.once(&seen, 0)
			in.TS = q.raw()
		case "request":
			q.once(&seen, 1)
			in.Request = new(caddyRequest)
			q.caddyRequest(in.Request)
		case "bytes_read":
			q.once(&seen, 2)
			in.BytesRead = q.integer(64)
		case "user_id":
			q.once(&seen, 3)
			in.UserID = q.text()
		case "duration":
			q.once(&seen, 4)
			in.Duration = q.raw()
		case "size":
			q.once(&seen, 5)
			size := q.integer(64)
			in.Size = &size
		case "status":
			q.once(&seen, 6)
			in.Status = caddyStatus{int(q.integer(strconv.IntSize)), true}
		case "write_error":
			q.once(&seen, 7)
			in.WriteError = q.text()
		default:
			q.other(key)
		}
	})
	return in, q.ended()
}

func (q *quick) caddyRequest(r *caddyRequest) {
	var seen uint32
	q.object(func(key []byte) {
		switch string(key) {
		case "client_ip":
			q.once(&seen, 0)
			r.ClientIP = q.text()
		case "remote_ip":
			q.once(&seen, 1)
			r.RemoteIP = q.text()
		case "remote_addr":
			q.once(&seen, 7)
			r.RemoteAddr = q.text()
		case "proto":
			q.once(&seen, 2)
			r.Proto = q.text()
		case "method":
			q.once(&seen, 3)
			r.Method = q.text()
		case "host":
			q.once(&seen, 4)
			r.Host = q.text()
		case "uri":
			q.once(&seen, 5)
			r.URI = q.text()
		case "headers":
			q.once(&seen, 6)
			q.caddyHeaders(r)
		default:
			q.other(key)
		}
	})
}

func (q *quick) caddyHeaders(r *caddyRequest) {
	if q.next() == '"' {
		q.skipText()
		return
	}
	var seen uint32
	q.object(func(key []byte) {
		for i, h := range []struct {
			name   string
			values *fieldValues
		}{{"User-Agent", &r.Headers.UserAgent}, {"Referer", &r.Headers.Referer}, {"Authorization", &r.Headers.Authorization}} {
			if bytes.EqualFold(key, []byte(h.name)) {
				// encoding/json takes a key in other letters for the same.
				q.once(&seen, i)
				*h.values = q.texts()
				return
			}
		}
		q.skip(0)
	})
}

// texts is an array of plain texts, or one.
func (q *quick) texts() fieldValues {
	if q.next() == '"' {
		return fieldValues{q.text()}
	}
	list := fieldValues{}
	if !q.take('[') {
		return nil
	}
	if q.next() == ']' {
		q.at++
		return list
	}
	for !q.bad {
		list = append(list, q.text())
		if q.next() != ',' {
			q.take(']')
			break
		}
		q.at++
	}
	return list
}

// other passes over what a key that matters to nobody has. One with capitals
// might matter, as encoding/json looks at letters alone.
func (q *quick) other(key []byte) {
	for _, c := range key {
		q.bad = q.bad || 'A' <= c && c <= 'Z'
	}
	q.skip(0)
}
