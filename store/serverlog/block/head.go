package block

import "fmt"

// Head is the content of the first bytes of a head.
type Head struct {
	Rows int
	// First is the number of the first request.
	First uint64
	// Oldest and Newest are in microseconds since 1970.
	Oldest, Newest int64
	// Sorted reports that no request is older than the one before it.
	Sorted bool
	// Dense reports that compressing the block once more would not help.
	Dense bool
	// Short reports that every address is one that [Shorten] made.
	Short bool
}

// ParseHead reads the first bytes of a head.
func ParseHead(head []byte) (Head, error) {
	h, _, _, err := parseHead(head)
	return h, err
}

func parseHead(b []byte) (h Head, flags byte, rest []byte, err error) {
	if len(b) == 0 || b[0] != Version {
		return h, 0, nil, fmt.Errorf("unknown version of a block, or none")
	}
	rows, b, ok := uvarint(b[1:])
	first, b, ok2 := uvarint(b)
	oldest, b, ok3 := uvarint(b)
	interval, b, ok4 := uvarint(b)
	if !ok || !ok2 || !ok3 || !ok4 || len(b) == 0 || rows == 0 || rows > MaxRows {
		return h, 0, nil, errForm
	}
	h = Head{Rows: int(rows), First: first, Oldest: unzigzag(oldest), Sorted: b[0]&flagSorted != 0, Dense: b[0]&flagDense != 0, Short: b[0]&flagShort != 0}
	h.Newest = int64(uint64(h.Oldest) + interval)
	if h.Newest < h.Oldest || b[0]&^knownFlags != 0 {
		return h, 0, nil, errForm
	}
	return h, b[0], b[1:], nil
}
