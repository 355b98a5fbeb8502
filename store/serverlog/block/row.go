package block

import (
	"encoding/binary"
	"time"
	"unsafe"

	"github.com/gatebook/gatebook/record"
)

// Request reads request row into q, but for its Instance. The texts of q are
// parts of the reader's memory: a caller that keeps them past the next Open clones
// them.
func (r *Reader) Request(row int, q *record.Request) error {
	if err := r.readRows(); err != nil {
		return err
	}
	entry := func(c column) []byte { return r.dict[c].Text(int(r.index[c][row])) }
	*q = record.Request{
		Time:      time.UnixMicro(r.micros[row]).UTC(),
		Method:    text(entry(method)),
		Host:      text(entry(host)),
		Path:      text(entry(path)),
		Query:     text(entry(queryString)),
		Proto:     text(entry(proto)),
		Referer:   text(entry(referer)),
		User:      text(entry(user)),
		RequestID: text(entry(requestID)),
		Verdict:   record.Verdict(text(entry(verdict))),
		Bytes:     r.number[bytesOut-dictionaries][row],
		BytesIn:   r.number[bytesIn-dictionaries][row],
		Duration:  time.Duration(r.number[duration-dictionaries][row]) * time.Microsecond,
		Aborted:   r.number[aborted-dictionaries][row] != 0,
	}
	var err error
	if q.IP, err = cutAddress(entry(address)); err != nil {
		return err
	}
	if q.Status, err = cutStatus(entry(status)); err != nil {
		return err
	}
	browser, system, userAgent, err := cutAgent(entry(agent))
	if err != nil {
		return err
	}
	q.Browser, q.OS, q.UserAgent = text(browser), text(system), text(userAgent)
	country, asn, organization, err := cutNetwork(entry(network))
	if err != nil {
		return err
	}
	q.Country, q.ASN, q.ASOrg = text(country), asn, text(organization)
	q.Error, err = cutFailure(entry(failure))
	return err
}

// readRows reads what Request needs.
func (r *Reader) readRows() error {
	switch {
	case r.only == nil:
		return r.readAll()
	case r.done.only:
		return nil
	}
	return r.readOnly()
}

func cutStatus(entry []byte) (int, error) {
	v, n := binary.Varint(entry)
	if n != len(entry) || n == 0 {
		return 0, errForm
	}
	return int(v), nil
}

func text(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
