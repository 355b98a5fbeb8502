package block

import (
	"encoding/binary"
	"strings"
)

// dictionary gathers the different strings of a section, in the order in which
// they come. The first is the empty one, which is what a column has where an
// entry has nothing.
type dictionary struct {
	strings []string
	known   map[string]uint16
	size    int
}

func newDictionary() *dictionary {
	return &dictionary{strings: []string{""}, known: map[string]uint16{"": 0}}
}

func (d *dictionary) number(s string) uint16 {
	n, known := d.known[s]
	if !known {
		n = uint16(len(d.strings))
		d.strings = append(d.strings, s)
		d.known[s] = n
		d.size += len(s)
	}
	return n
}

// begin is what stands ahead of a section's columns: how many strings there are,
// and the length of each.
func (d *dictionary) begin() []byte {
	dst := binary.LittleEndian.AppendUint16(nil, uint16(len(d.strings)))
	for _, s := range d.strings {
		dst = binary.LittleEndian.AppendUint16(dst, uint16(len(s)))
	}
	return dst
}

// end appends what stands after them: the strings.
func (d *dictionary) end(dst []byte) []byte {
	return append(dst, strings.Join(d.strings, "")...)
}

// texts is a dictionary that has been read.
type texts struct {
	all string
	// ends are where the strings end in all.
	ends []uint32
}

func (t *texts) len() int { return len(t.ends) }

func (t *texts) get(n uint16) string { return t.all[t.start(int(n)):t.ends[n]] }

func (t *texts) start(n int) uint32 {
	if n == 0 {
		return 0
	}
	return t.ends[n-1]
}

// begin reads what stands ahead of the columns.
func (t *texts) begin(in *input) {
	n := in.number()
	lengths := in.bytes(2 * uint64(n))
	if in.broken = in.broken || n == 0; in.broken {
		return
	}
	t.ends = grown(t.ends, int(n))
	end := uint32(0)
	for i := range t.ends {
		end += uint32(binary.LittleEndian.Uint16(lengths[2*i:]))
		t.ends[i] = end
	}
	in.broken = t.ends[0] != 0
}

// end reads what stands after them, which is all there is.
func (t *texts) end(in *input) {
	if !in.broken {
		t.all, in.rest = view(in.rest), nil
		in.broken = uint64(len(t.all)) != uint64(t.ends[len(t.ends)-1])
	}
}
