package record

import (
	"testing"
	"time"
)

func TestCheck(t *testing.T) {
	good := Request{Time: time.Unix(1, 0), Status: 200}
	if err := good.Check(); err != nil {
		t.Error(err)
	}
	for _, c := range []struct {
		change func(*Request)
		want   string
	}{
		{func(r *Request) { r.Time = time.Time{} }, "time 0001-01-01T00:00:00Z is not between 1970 and 9998"},
		{func(r *Request) { r.Time = time.Date(9998, 12, 31, 23, 0, 0, 0, time.FixedZone("", -3600)) }, "time 9999-01-01T00:00:00Z is not between 1970 and 9998"},
		{func(r *Request) { r.Status = -1 }, "status -1 is out of range"},
		{func(r *Request) { r.Status = 1000 }, "status 1000 is out of range"},
		{func(r *Request) { r.Bytes = -1 }, "bytes, bytes_in or the duration is negative"},
		{func(r *Request) { r.BytesIn = -1 }, "bytes, bytes_in or the duration is negative"},
		{func(r *Request) { r.Duration = -1 }, "bytes, bytes_in or the duration is negative"},
		{func(r *Request) { r.Verdict = "may\x1bbe" }, `verdict "may\x1bbe" must be pass, throttle or ban`},
	} {
		r := good
		c.change(&r)
		if err := r.Check(); err == nil || err.Error() != c.want {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
}
