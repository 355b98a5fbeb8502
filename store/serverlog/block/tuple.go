package block

import (
	"encoding/binary"
	"net/netip"

	"github.com/gatebook/gatebook/record"
)

// Some entries are several values in one, since one follows from the other:
// each but the last with its length before it.

func appendTuple(dst []byte, texts ...string) []byte {
	for _, s := range texts[:len(texts)-1] {
		dst = binary.AppendUvarint(dst, uint64(len(s)))
		dst = append(dst, s...)
	}
	return append(dst, texts[len(texts)-1]...)
}

// cutText takes the first text off a tuple.
func cutText(tuple []byte) (text, rest []byte, ok bool) {
	n, rest, ok := uvarint(tuple)
	if !ok || n > uint64(len(rest)) {
		return nil, nil, false
	}
	return rest[:n], rest[n:], true
}

// cutAgent takes an agent apart; its user agent comes last.
func cutAgent(tuple []byte) (browser, system, userAgent []byte, err error) {
	if len(tuple) == 0 {
		return nil, nil, nil, nil
	}
	browser, rest, ok := cutText(tuple)
	system, rest, ok2 := cutText(rest)
	if !ok || !ok2 {
		return nil, nil, nil, errForm
	}
	return browser, system, rest, nil
}

func appendAgent(dst []byte, r *record.Request) []byte {
	if r.UserAgent == "" && r.Browser == "" && r.OS == "" {
		return dst
	}
	return appendTuple(dst, r.Browser, r.OS, r.UserAgent)
}

func appendNetwork(dst []byte, r *record.Request) []byte {
	if r.Country == "" && r.ASN == 0 && r.ASOrg == "" {
		return dst
	}
	dst = binary.AppendUvarint(dst, uint64(r.ASN))
	return appendTuple(dst, r.Country, r.ASOrg)
}

func cutNetwork(tuple []byte) (country []byte, asn uint32, organization []byte, err error) {
	if len(tuple) == 0 {
		return nil, 0, nil, nil
	}
	number, rest, ok := uvarint(tuple)
	country, rest, ok2 := cutText(rest)
	if !ok || !ok2 || number > 1<<32-1 {
		return nil, 0, nil, errForm
	}
	return country, uint32(number), rest, nil
}

func appendFailure(dst []byte, f *record.Failure) []byte {
	if f == nil {
		return dst
	}
	cut := byte(0)
	if f.Cut {
		cut = 1
	}
	return appendTuple(append(dst, cut), f.Source, f.Type, f.Where, f.Integration, f.Trace, f.Message)
}

// cutFailure returns nil for a request that did not fail.
func cutFailure(tuple []byte) (*record.Failure, error) {
	if len(tuple) == 0 {
		return nil, nil
	}
	f := &record.Failure{Cut: tuple[0] == 1}
	rest := tuple[1:]
	for _, into := range []*string{&f.Source, &f.Type, &f.Where, &f.Integration, &f.Trace} {
		text, after, ok := cutText(rest)
		if !ok {
			return nil, errForm
		}
		*into, rest = string(text), after
	}
	f.Message = string(rest)
	return f, nil
}

// failureSource is the source of a failure, or nothing.
func failureSource(tuple []byte) []byte {
	if len(tuple) == 0 {
		return nil
	}
	source, _, _ := cutText(tuple[1:])
	return source
}

func appendAddress(dst []byte, ip netip.Addr) []byte {
	switch {
	case ip.Is4():
		b := ip.As4()
		return append(dst, b[:]...)
	case ip.Is6():
		b := ip.As16()
		return append(dst, b[:]...)
	}
	return dst
}

func cutAddress(b []byte) (netip.Addr, error) {
	if len(b) == 0 {
		return netip.Addr{}, nil
	}
	ip, ok := netip.AddrFromSlice(b)
	if !ok {
		return ip, errForm
	}
	return ip, nil
}
