package serverlog

import (
	"github.com/gatebook/gatebook/record"
)

// AppendRequests appends requests in the form in which the commands send
// pieces of an import to the server.
func AppendRequests(dst []byte, requests ...record.Request) []byte {
	for i := range requests {
		dst = appendFrame(dst, &requests[i])
	}
	return dst
}

// ReadRequests reads what AppendRequests wrote. The texts of the requests are
// parts of data.
func ReadRequests(data string) ([]record.Request, error) {
	list := make([]record.Request, 0, countFrames(data))
	for d := (fieldReader{rest: data}); d.rest != ""; {
		length, micros := d.fixed(4), int64(d.fixed(8))
		body := d.take(int(length))
		var r record.Request
		if d.bad {
			return nil, errRequestForm
		}
		if err := decodeRequest(body, &r); err != nil {
			return nil, err
		}
		r.Time = microTime(micros)
		list = append(list, r)
	}
	return list, nil
}

// countFrames counts frames by their lengths alone. Growing a list of so large
// things would leave twice its size behind.
func countFrames(data string) (n int) {
	for d := (fieldReader{rest: data}); d.rest != ""; n++ {
		length := d.fixed(4)
		d.take(8)
		d.take(int(length))
	}
	return n
}
