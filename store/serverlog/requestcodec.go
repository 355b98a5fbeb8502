package serverlog

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"time"

	"github.com/gatebook/gatebook/record"
)

// errRequestForm is returned for bytes that appendRequest did not write.
var errRequestForm = errors.New("no well-formed request")

// Presence bits of a request. Bit i below requestTexts says that text i of
// requestTextsOf is not empty.
const (
	requestTexts = 14
	hasIPv4      = 1 << requestTexts
	hasIPv6      = 1 << (requestTexts + 1)
	hasASN       = 1 << (requestTexts + 2)
	hasAborted   = 1 << (requestTexts + 3)
	hasFailure   = 1 << (requestTexts + 4)
	requestBits  = 1<<(requestTexts+5) - 1
)

// Presence bits of a failure, after those of its texts.
const (
	failureTexts = 6
	hasCut       = 1 << failureTexts
	failureBits  = 1<<(failureTexts+1) - 1
)

// requestTextsOf lists the texts in the order of the format.
func requestTextsOf(r *record.Request) [requestTexts]*string {
	return [...]*string{
		&r.Method, &r.Path, &r.Proto, &r.Host, &r.UserAgent, &r.Browser, &r.OS,
		&r.Query, &r.Referer, &r.Country, &r.ASOrg, &r.RequestID, &r.User, (*string)(&r.Verdict),
	}
}

// failureTextsOf lists the texts in the order of the format.
func failureTextsOf(f *record.Failure) [failureTexts]*string {
	return [...]*string{&f.Source, &f.Type, &f.Message, &f.Where, &f.Trace, &f.Integration}
}

// appendRequest appends r without its Time and Instance, which are kept once
// for many requests. Texts are cut to record.MaxText bytes, a zone is left out
// of the address, and Duration is cut to microseconds.
func appendRequest(dst []byte, r *record.Request) []byte {
	texts := requestTextsOf(r)
	has := presence(texts[:])
	switch {
	case r.IP.Is4():
		has |= hasIPv4
	case r.IP.Is6():
		has |= hasIPv6
	}
	if r.ASN != 0 {
		has |= hasASN
	}
	if r.Aborted {
		has |= hasAborted
	}
	if r.Error != nil {
		has |= hasFailure
	}
	dst = binary.AppendUvarint(dst, has)
	dst = binary.AppendVarint(dst, int64(r.Status))
	dst = binary.AppendVarint(dst, r.Bytes)
	dst = binary.AppendVarint(dst, r.BytesIn)
	dst = binary.AppendVarint(dst, r.Duration.Microseconds())
	if has&hasIPv4 != 0 {
		ip := r.IP.As4()
		dst = append(dst, ip[:]...)
	}
	if has&hasIPv6 != 0 {
		ip := r.IP.As16()
		dst = append(dst, ip[:]...)
	}
	if r.ASN != 0 {
		dst = binary.AppendUvarint(dst, uint64(r.ASN))
	}
	dst = appendTexts(dst, texts[:])
	if r.Error != nil {
		texts := failureTextsOf(r.Error)
		has := presence(texts[:])
		if r.Error.Cut {
			has |= hasCut
		}
		dst = binary.AppendUvarint(dst, has)
		dst = appendTexts(dst, texts[:])
	}
	return dst
}

func presence(texts []*string) uint64 {
	var has uint64
	for i, s := range texts {
		if *s != "" {
			has |= 1 << i
		}
	}
	return has
}

func appendTexts(dst []byte, texts []*string) []byte {
	for _, s := range texts {
		if n := min(len(*s), record.MaxText); n > 0 {
			dst = binary.AppendUvarint(dst, uint64(n))
			dst = append(dst, (*s)[:n]...)
		}
	}
	return dst
}

// decodeRequest reads into r what appendRequest wrote; s must hold nothing
// else. The texts of r are parts of s: keeping r keeps s.
func decodeRequest(s string, r *record.Request) error {
	*r = record.Request{}
	d := fieldReader{rest: s}
	has := d.bits(requestBits)
	r.Status = int(d.varint())
	r.Bytes = d.varint()
	r.BytesIn = d.varint()
	r.Duration = d.micros()
	switch {
	case has&hasIPv4 != 0 && has&hasIPv6 != 0:
		return errRequestForm
	case has&hasIPv4 != 0:
		r.IP = d.address(4)
	case has&hasIPv6 != 0:
		r.IP = d.address(16)
	}
	if has&hasASN != 0 {
		asn := d.uvarint()
		r.ASN = uint32(asn)
		d.bad = d.bad || asn == 0 || asn > 1<<32-1
	}
	r.Aborted = has&hasAborted != 0
	texts := requestTextsOf(r)
	d.texts(has, texts[:])
	if has&hasFailure != 0 {
		has := d.bits(failureBits)
		r.Error = &record.Failure{Cut: has&hasCut != 0}
		texts := failureTextsOf(r.Error)
		d.texts(has, texts[:])
	}
	if d.bad || d.rest != "" {
		return errRequestForm
	}
	return nil
}

// fieldReader reads one field after the other. After the first that does not fit,
// bad is set and every further one is zero.
type fieldReader struct {
	rest string
	bad  bool
}

// take cuts the next n bytes off.
func (d *fieldReader) take(n int) string {
	if n > len(d.rest) {
		d.bad, d.rest = true, ""
		return ""
	}
	s := d.rest[:n]
	d.rest = d.rest[n:]
	return s
}

// fixed reads a big-endian number of size bytes.
func (d *fieldReader) fixed(size int) (v uint64) {
	for _, b := range []byte(d.take(size)) {
		v = v<<8 | uint64(b)
	}
	return v
}

// uvarint is binary.Uvarint for strings.
func (d *fieldReader) uvarint() uint64 {
	var v uint64
	for i := 0; i < len(d.rest) && i < binary.MaxVarintLen64; i++ {
		b := d.rest[i]
		if i == binary.MaxVarintLen64-1 && b > 1 {
			break
		}
		v |= uint64(b&0x7f) << (7 * i)
		if b < 0x80 {
			d.rest = d.rest[i+1:]
			return v
		}
	}
	d.bad, d.rest = true, ""
	return 0
}

// varint reads a zigzag-coded number.
func (d *fieldReader) varint() int64 {
	v := d.uvarint()
	return int64(v>>1) ^ -int64(v&1)
}

// micros reads a duration that time.Duration can hold.
func (d *fieldReader) micros() time.Duration {
	const most = int64(1<<63-1) / int64(time.Microsecond)
	v := d.varint()
	if v > most || v < -most {
		d.bad = true
		return 0
	}
	return time.Duration(v) * time.Microsecond
}

// bits reads presence bits of which only those in known may be set.
func (d *fieldReader) bits(known uint64) uint64 {
	v := d.uvarint()
	if v&^known != 0 {
		d.bad, d.rest = true, ""
		return 0
	}
	return v
}

func (d *fieldReader) address(n int) netip.Addr {
	var ip [16]byte
	if copy(ip[:], d.take(n)) != n {
		return netip.Addr{}
	}
	if n == 4 {
		return netip.AddrFrom4([4]byte(ip[:4]))
	}
	return netip.AddrFrom16(ip)
}

func (d *fieldReader) texts(has uint64, into []*string) {
	for i, s := range into {
		if has&(1<<i) == 0 {
			continue
		}
		n := d.uvarint()
		if n == 0 || n > record.MaxText {
			d.bad, d.rest = true, ""
			return
		}
		*s = d.take(int(n))
	}
}

// microTime is the moment so many microseconds after 1970, in UTC.
func microTime(micros int64) time.Time { return time.UnixMicro(micros).UTC() }
