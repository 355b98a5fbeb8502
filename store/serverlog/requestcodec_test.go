package serverlog

import (
	"math"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gatebook/gatebook/record"
)

// anyRequest draws requests that the codec keeps as they are: within its
// limits, and without Time and Instance.
func anyRequest() *rapid.Generator[record.Request] {
	return rapid.Custom(func(t *rapid.T) record.Request {
		var r record.Request
		for _, s := range requestTextsOf(&r) {
			*s = anyText().Draw(t, "text")
		}
		r.IP = anyAddr().Draw(t, "ip")
		r.Status = rapid.Int().Draw(t, "status")
		r.Bytes = rapid.Int64().Draw(t, "bytes")
		r.BytesIn = rapid.Int64().Draw(t, "bytes in")
		micros := rapid.Int64Range(math.MinInt64/1000, math.MaxInt64/1000).Draw(t, "duration")
		r.Duration = time.Duration(micros) * time.Microsecond
		r.ASN = rapid.Uint32().Draw(t, "asn")
		r.Aborted = rapid.Bool().Draw(t, "aborted")
		if rapid.Bool().Draw(t, "failed") {
			r.Error = &record.Failure{Cut: rapid.Bool().Draw(t, "cut")}
			for _, s := range failureTextsOf(r.Error) {
				*s = anyText().Draw(t, "failure text")
			}
		}
		return r
	})
}

// anyText draws bytes, UTF-8 or not, often none and sometimes the longest.
func anyText() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.Just(""),
		rapid.String(),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 40), func(b []byte) string { return string(b) }),
		rapid.Just(strings.Repeat("é", record.MaxText/2)),
	)
}

func anyAddr() *rapid.Generator[netip.Addr] {
	return rapid.OneOf(
		rapid.Just(netip.Addr{}),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 4, 4), func(b []byte) netip.Addr { return netip.AddrFrom4([4]byte(b)) }),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 16, 16), func(b []byte) netip.Addr { return netip.AddrFrom16([16]byte(b)) }),
	)
}

func TestRequestCodecKeepsEverything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := anyRequest().Draw(t, "request")
		var got record.Request
		if err := decodeRequest(string(appendRequest(nil, &want)), &got); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("got %+v, want %+v", got, want)
		}
	})
}

// A field that the codec does not know would be lost without a word.
func TestRequestCodecKnowsEveryField(t *testing.T) {
	fill := func(v reflect.Value) {
		for i := range v.NumField() {
			switch f := v.Field(i); f.Kind() {
			case reflect.String:
				f.SetString(v.Type().Field(i).Name)
			case reflect.Int, reflect.Int64:
				f.SetInt(int64(i+1) * 1000)
			case reflect.Uint32:
				f.SetUint(uint64(i))
			case reflect.Bool:
				f.SetBool(true)
			}
		}
	}
	want := record.Request{Error: &record.Failure{}, IP: netip.MustParseAddr("2001:db8::7")}
	fill(reflect.ValueOf(&want).Elem())
	fill(reflect.ValueOf(want.Error).Elem())
	want.Instance = ""
	for _, v := range []reflect.Value{reflect.ValueOf(want), reflect.ValueOf(*want.Error)} {
		for i := range v.NumField() {
			name := v.Type().Field(i).Name
			if v.Field(i).IsZero() && name != "Time" && name != "Instance" {
				t.Fatalf("the test does not fill %s", name)
			}
		}
	}
	var got record.Request
	if err := decodeRequest(string(appendRequest(nil, &want)), &got); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestRequestCodecCuts(t *testing.T) {
	long := strings.Repeat("x", record.MaxText+1)
	r := record.Request{
		Path:     long,
		IP:       netip.MustParseAddr("fe80::1%eth0"),
		Duration: 1999 * time.Nanosecond,
		Error:    &record.Failure{Trace: long},
	}
	var got record.Request
	if err := decodeRequest(string(appendRequest(nil, &r)), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Path) != record.MaxText || len(got.Error.Trace) != record.MaxText {
		t.Errorf("texts of %d and %d bytes", len(got.Path), len(got.Error.Trace))
	}
	if got.IP != netip.MustParseAddr("fe80::1") {
		t.Errorf("address %v", got.IP)
	}
	if got.Duration != time.Microsecond {
		t.Errorf("duration %v", got.Duration)
	}
}

func TestRequestCodecRefuses(t *testing.T) {
	good := string(appendRequest(nil, sampleRequest()))
	for name, s := range map[string]string{
		"nothing":          "",
		"trailing garbage": good + "\x00",
		"unknown bit":      "\x80\x80\x80\x01" + good[3:],
		"both addresses":   "\x80\x80\x06\x00\x00\x00\x00" + strings.Repeat("\x01", 20),
		"an empty text":    "\x01\x00\x00\x00\x00\x00",
		"a text too long":  "\x01\x00\x00\x00\x00\x81\x20" + strings.Repeat("x", record.MaxText+1),
		"endless number":   strings.Repeat("\xff", 12),
		"number too large": "\x00\x00\x00\x00" + strings.Repeat("\xff", 9) + "\x02",
	} {
		var r record.Request
		if err := decodeRequest(s, &r); err == nil {
			t.Errorf("%s is taken for %+v", name, r)
		}
	}
	for n := range len(good) {
		var r record.Request
		if err := decodeRequest(good[:n], &r); err == nil {
			t.Fatalf("the first %d of %d bytes are taken for a request", n, len(good))
		}
	}
}

func sampleRequest() *record.Request {
	return &record.Request{
		Time:      time.Date(2026, 11, 22, 22, 0, 0, 123456000, time.UTC),
		IP:        netip.MustParseAddr("203.0.113.7"),
		Method:    "GET",
		Host:      "booking.example.com",
		Path:      "/desks/23",
		Query:     "day=mon",
		Status:    200,
		Bytes:     5120,
		Duration:  12400 * time.Microsecond,
		Proto:     "HTTP/2.0",
		UserAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
		Referer:   "https://booking.example.com/desks",
		Verdict:   record.VerdictPass,
	}
}

func FuzzRequestCodec(f *testing.F) {
	r := sampleRequest()
	f.Add(string(appendRequest(nil, r)))
	r.IP, r.ASN, r.Aborted = netip.MustParseAddr("2001:db8::7"), 3320, true
	r.Error = &record.Failure{Source: record.SourceApp, Type: "QueryException", Message: "gone away", Cut: true}
	f.Add(string(appendRequest(nil, r)))
	f.Add(string(appendRequest(nil, &record.Request{Duration: math.MinInt64, Bytes: -1})))
	f.Fuzz(func(t *testing.T, s string) {
		var first, second record.Request
		if decodeRequest(s, &first) != nil {
			return
		}
		if err := decodeRequest(string(appendRequest(nil, &first)), &second); err != nil {
			t.Fatalf("%+v does not come back: %v", first, err)
		}
		if !reflect.DeepEqual(first, second) {
			t.Fatalf("%+v comes back as %+v", first, second)
		}
	})
}
