package serverlog

import (
	"encoding/binary"
	"errors"
	"math/bits"
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
	dst = appendTexts(dst, has, texts[:])
	if r.Error != nil {
		texts := failureTextsOf(r.Error)
		has := presence(texts[:])
		if r.Error.Cut {
			has |= hasCut
		}
		dst = binary.AppendUvarint(dst, has)
		dst = appendTexts(dst, has, texts[:])
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

// appendTexts appends the texts that has says are not empty.
func appendTexts(dst []byte, has uint64, texts []*string) []byte {
	for has &= 1<<len(texts) - 1; has != 0; has &= has - 1 {
		s := *texts[bits.TrailingZeros64(has)]
		n := min(len(s), record.MaxText)
		if n < 0x80 {
			dst = append(dst, byte(n))
		} else {
			dst = binary.AppendUvarint(dst, uint64(n))
		}
		dst = append(dst, s[:n]...)
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

// microTime is the moment so many microseconds after 1970, in UTC.
func microTime(micros int64) time.Time { return time.UnixMicro(micros).UTC() }
