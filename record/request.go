package record

import (
	"encoding/json"
	"fmt"
	"math"
	"net/netip"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Verdict says what the gate did with a request.
type Verdict string

// The verdicts. A request without one was passed.
const (
	VerdictPass     Verdict = "pass"
	VerdictThrottle Verdict = "throttle"
	VerdictBan      Verdict = "ban"
)

// String names the verdict, also where there is none.
func (v Verdict) String() string {
	if v == "" {
		return string(VerdictPass)
	}
	return string(v)
}

// MaxText is the longest text, in bytes, that the server log keeps of any one
// field that a client or an application chose (path, query, user agent, …).
// Longer ones are cut, so that hostile headers cannot fill memory or disk.
const MaxText = 4096

// Request is one line of the server log: one request, as its client saw it.
type Request struct {
	// Time is when the request's header had been read, to the microsecond.
	Time time.Time `json:"time"`
	// Instance is the name of the instance that was asked.
	Instance string `json:"instance,omitempty"`
	// IP is the client as Caddy's trusted_proxies decide; the zero Addr when
	// it is not known (a unix socket).
	IP     netip.Addr `json:"ip,omitzero"`
	Method string     `json:"method"`
	Host   string     `json:"host,omitempty"`
	// Path is the request target up to the question mark, as it was sent:
	// not decoded and before any rewrite.
	Path  string `json:"path"`
	Query string `json:"query,omitempty"`
	// Status is the final status that the client saw; 499 when it left before
	// there was one, 444 when a handler closed the connection without one.
	Status int `json:"status"`
	// Bytes counts the body's bytes handed to the client, after compression
	// and without headers; for an upgraded connection all bytes after the
	// upgrade.
	Bytes int64 `json:"bytes"`
	// BytesIn counts the request body's bytes that were read.
	BytesIn int64 `json:"bytes_in"`
	// Duration lasts from Time until the handlers had finished.
	Duration time.Duration `json:"-"`
	// Proto is the protocol, such as "HTTP/2.0".
	Proto     string `json:"proto,omitempty"`
	UserAgent string `json:"user_agent,omitempty"`
	// Browser and OS are named from UserAgent, such as "Firefox 145".
	Browser string `json:"browser,omitempty"`
	OS      string `json:"os,omitempty"`
	Referer string `json:"referer,omitempty"`
	// User is whom the site's own authentication let in.
	User string `json:"user,omitempty"`
	// Country is an ISO 3166-1 alpha-2 code.
	Country string `json:"country,omitempty"`
	// ASN and ASOrg name the network that the address belongs to.
	ASN   uint32 `json:"asn,omitempty"`
	ASOrg string `json:"as_org,omitempty"`
	// RequestID joins a request with the events of its response; requests
	// that need no joining have none.
	RequestID string  `json:"request_id,omitempty"`
	Verdict   Verdict `json:"verdict,omitempty"`
	// Aborted says that the response did not reach its end.
	Aborted bool `json:"aborted"`
	// Error is there when something failed.
	Error *Failure `json:"error,omitempty"`
}

// Sources of a [Failure].
const (
	// SourceGate marks what Caddy's own handlers returned.
	SourceGate = "gate"
	// SourceApp marks what the application told in X-App-Error.
	SourceApp = "app"
)

// Failure says what went wrong while a request was served. It is meant for
// operators and is never part of the application log.
type Failure struct {
	Source      string `json:"source"`
	Type        string `json:"type,omitempty"`
	Message     string `json:"message,omitempty"`
	Where       string `json:"where,omitempty"`
	Trace       string `json:"trace,omitempty"`
	Integration string `json:"integration,omitempty"`
	// Cut says that a field was longer than its limit.
	Cut bool `json:"cut,omitempty"`
}

// Address is the client's, or "" if it is not known.
func (r *Request) Address() string {
	if !r.IP.IsValid() {
		return ""
	}
	return r.IP.String()
}

// Target is what was asked for: the path and the query.
func (r *Request) Target() string {
	if r.Query == "" {
		return r.Path
	}
	return r.Path + "?" + r.Query
}

// Network is the number and the name of the network: "AS3320 Deutsche Telekom
// AG", or "" if it is not known.
func (r *Request) Network() string {
	if r.ASN == 0 {
		return ""
	}
	return strings.TrimSpace("AS" + strconv.FormatUint(uint64(r.ASN), 10) + " " + r.ASOrg)
}

// Clone is a copy that shares no text with r, for those who keep a record
// whose texts are about to be overwritten.
func (r *Request) Clone() Request { return r.mapTexts(strings.Clone) }

// mapTexts is a copy with f of each text.
func (r *Request) mapTexts(f func(string) string) Request {
	c := *r
	for _, s := range []*string{
		&c.Instance, &c.Method, &c.Host, &c.Path, &c.Query, &c.Proto, &c.UserAgent, &c.Browser, &c.OS,
		&c.Referer, &c.User, &c.Country, &c.ASOrg, &c.RequestID, (*string)(&c.Verdict),
	} {
		*s = f(*s)
	}
	if r.Error != nil {
		e := *r.Error
		for _, s := range []*string{&e.Source, &e.Type, &e.Message, &e.Where, &e.Trace, &e.Integration} {
			*s = f(*s)
		}
		c.Error = &e
	}
	return c
}

// TextSize is how many bytes the texts have.
func (r *Request) TextSize() int {
	sum := len(r.Instance) + len(r.Method) + len(r.Host) + len(r.Path) + len(r.Query) + len(r.Proto) + len(r.UserAgent) + len(r.Browser) +
		len(r.OS) + len(r.Referer) + len(r.User) + len(r.Country) + len(r.ASOrg) + len(r.RequestID) + len(r.Verdict)
	if e := r.Error; e != nil {
		sum += len(e.Source) + len(e.Type) + len(e.Message) + len(e.Where) + len(e.Trace) + len(e.Integration)
	}
	return sum
}

// requestFields is Request without its methods, so that encoding/json can be
// asked for the plain fields.
type requestFields Request

type requestJSON struct {
	requestFields
	DurationMS float64 `json:"duration_ms"`
}

// MarshalJSON writes the request as one line of requests.ndjson. What it
// writes is read, by way of a store, as what writes the same again.
func (r Request) MarshalJSON() ([]byte, error) { return json.Marshal(r.json()) }

func (r *Request) json() requestJSON {
	out := requestJSON{requestFields(r.mapTexts(jsonText)), r.Milliseconds()}
	out.Verdict = Verdict(r.Verdict.String())
	return out
}

// jsonText is s as JSON reads it back, with U+FFFD for each byte that is no
// UTF-8. That is three bytes for one, which may make a text longer than MaxText:
// it is cut here and not by who reads it.
func jsonText(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return Cut(string([]rune(s)), MaxText)
}

// maxMilliseconds is far below what a Duration holds, and short enough for a
// floating-point number to have every microsecond.
const maxMilliseconds = 1e12

// Milliseconds is the duration, to the microsecond.
func (r *Request) Milliseconds() float64 { return float64(r.Duration.Microseconds()) / 1000 }

// UnmarshalJSON reads what MarshalJSON wrote.
func (r *Request) UnmarshalJSON(data []byte) error {
	var in requestJSON
	if err := json.Unmarshal(data, &in); err != nil {
		return err
	}
	read, err := in.request()
	if err != nil {
		return err
	}
	*r = read
	return nil
}

func (in *requestJSON) request() (r Request, err error) {
	if math.Abs(in.DurationMS) > maxMilliseconds {
		return r, fmt.Errorf("duration_ms %g is out of range", in.DurationMS)
	}
	r = Request(in.requestFields)
	r.Duration = time.Duration(math.Round(in.DurationMS*1000)) * time.Microsecond
	return r, nil
}

// Interface guards
var (
	_ json.Marshaler   = Request{}
	_ json.Unmarshaler = (*Request)(nil)
)
