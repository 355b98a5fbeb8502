package block

// Shortened addresses keep the network and not the host: /24 of IPv4, /48 of
// IPv6, as docs/privacy.md describes.
const (
	shortIPv4 = 3
	shortIPv6 = 6
)

// Shorten puts zeros in the place of an address's host, in place.
func Shorten(address []byte) []byte {
	switch len(address) {
	case 4:
		clear(address[shortIPv4:])
	case 16:
		clear(address[shortIPv6:])
	}
	return address
}

func isShort[T string | []byte](address T) bool {
	kept := shortIPv4
	if len(address) == 16 {
		kept = shortIPv6
	}
	for i := kept; i < len(address); i++ {
		if address[i] != 0 {
			return false
		}
	}
	return true
}

func (d *dictionary) short() bool {
	for _, e := range d.all() {
		if !isShort(e) {
			return false
		}
	}
	return true
}

// Expired counts the requests of a block that have expired.
type Expired struct {
	// Gone counts the requests before DeleteBefore, Long those before
	// ShortenBefore, and not gone, whose address is not shortened yet.
	Gone, Long int
}

// CountExpired counts the expired requests. Both times are in microseconds since 1970.
func (r *Reader) CountExpired(deleteBefore, shortenBefore int64) (a Expired, err error) {
	micros, err := r.times()
	if err != nil {
		return a, err
	}
	d, err := r.dictionary(address)
	if err != nil {
		return a, err
	}
	index, err := r.indexes(address)
	if err != nil {
		return a, err
	}
	short := make([]bool, d.Len())
	for i := range short {
		short[i] = isShort(d.Text(i))
	}
	for row, t := range micros {
		switch {
		case t < deleteBefore:
			a.Gone++
		case t < shortenBefore && !short[index[row]]:
			a.Long++
		}
	}
	return a, nil
}

// AddRetained adds a block without the requests before deleteBefore, and with the
// addresses shortened of those before shortenBefore.
func (b *Builder) AddRetained(r *Reader, deleteBefore, shortenBefore int64) error {
	micros, err := r.times()
	if err != nil {
		return err
	}
	return b.AddBlock(r,
		func(row int) bool { return micros[row] >= deleteBefore },
		func(row int, address []byte) []byte {
			if micros[row] < shortenBefore {
				return Shorten(address)
			}
			return address
		})
}
