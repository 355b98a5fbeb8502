package block

// Take makes b the requests of another builder from row start up to row end, ready
// to be encoded. Texts are copied and not looked up, so nothing can be added to b
// before its next Reset.
func (b *Builder) Take(of *Builder, start, end int) {
	b.Reset()
	b.micros = append(b.micros, of.micros[start:end]...)
	b.ids = append(b.ids, of.ids[start:end]...)
	for n := range b.number {
		b.number[n] = append(b.number[n], of.number[n][start:end]...)
	}
	for c := range b.dict {
		b.index[c] = grown(b.index[c], end-start)
		b.remap = zeroed(b.remap, of.dict[c].len())
		b.dict[c].take(&of.dict[c], of.index[c][start:end], b.index[c], b.remap)
	}
}

// take adds the entries of another dictionary that the indexes name, and translates
// the indexes. known has, for each entry, its new place plus 1, or 0.
func (d *dictionary) take(from *dictionary, indexes, translated []uint16, known []int32) {
	for row, i := range indexes {
		place := known[i]
		if place == 0 {
			d.text = append(append(d.text, from.entry(int(i))...), terminator)
			d.ends, d.counts = append(d.ends, uint32(len(d.text)-1)), append(d.counts, 0)
			place = int32(len(d.ends))
			known[i] = place
		}
		d.counts[place-1]++
		translated[row] = uint16(place - 1)
	}
}
