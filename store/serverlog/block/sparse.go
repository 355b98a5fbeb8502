package block

import "bytes"

// When a query asks for a few rows of a block, decoding the indexes and numbers of
// all the others would take most of the time. The functions here decode only the
// rows asked for. The value of a row whose code is "same" is that of the last row
// before it with the same context and another code.

// maxSparse is the largest number of rows that are decoded alone. For each row and
// column the search for the row before may go back to the beginning of the block,
// which costs a tenth of decoding the column.
const maxSparse = 8

// Only limits the rows that [Reader.Request] may be called with until the next
// Open; rows must not change until then. If they are few, no others are decoded.
func (r *Reader) Only(rows []int32) {
	if r.only = nil; len(rows) <= maxSparse {
		r.only = rows
	}
}

// readOnly reads what Request needs for the rows of Only.
func (r *Reader) readOnly() error {
	for c := range dictionaries {
		if err := r.indexesOnly(c); err != nil {
			return err
		}
	}
	for n := range numbers {
		if err := r.numbersOnly(dictionaries + column(n)); err != nil {
			return err
		}
	}
	_, err := r.times()
	r.done.only = err == nil
	return err
}

// indexesOnly reads a column's indexes into its dictionary.
func (r *Reader) indexesOnly(c column) error {
	d, err := r.dictionary(c)
	if err != nil {
		return err
	}
	if r.done.index[c] || c == address || d.Len() == 1 {
		_, err := r.indexes(c)
		return err
	}
	context, _, err := r.context(c)
	if err != nil {
		return err
	}
	codes, err := r.sparse(int(c))
	if err != nil {
		return err
	}
	r.index[c], r.zeros.index[c] = grown(r.index[c], r.Rows()), 0
	codeOfNew, codeOfFirst := byte(0), uint64(1)
	if context != nil {
		codeOfNew, codeOfFirst = codeNew, codeIndex
	}
	for _, row := range r.only {
		at := int(row)
		if context != nil {
			if at = codes.origin(at, codeSame, context); at < 0 {
				return errForm
			}
		}
		i := codes.at(at) - codeOfFirst
		if codes.at(at) == uint64(codeOfNew) {
			i = codes.count(codeOfNew, at)
		}
		if i >= uint64(d.Len()) {
			return errForm
		}
		r.index[c][row] = uint16(i)
	}
	return nil
}

// numbersOnly reads a column of numbers.
func (r *Reader) numbersOnly(c column) error {
	n := int(c - dictionaries)
	if err := r.openBody(); err != nil {
		return err
	}
	from := planesOf + 8*n
	context, _, err := r.context(c)
	if err != nil {
		return err
	}
	if r.done.number[n] || !r.bodies[from].there || context == nil && r.Rows() < planesFrom {
		_, err := r.numbersOf(c)
		return err
	}
	r.number[n], r.zeros.number[n] = grown(r.number[n], r.Rows()), 0
	if context == nil {
		return r.planesOnly(r.number[n], from)
	}
	codes, err := r.sparse(from)
	if err != nil {
		return err
	}
	for _, row := range r.only {
		at := codes.origin(int(row), 0, context)
		if at < 0 {
			return errForm
		}
		r.number[n][row] = unzigzag(codes.at(at) - 1)
	}
	return nil
}

// planesOnly reads numbers that are split into planes, from the given section on.
func (r *Reader) planesOnly(values []int64, from int) error {
	for plane := 0; plane < 8 && (plane == 0 || r.bodies[from+plane].there); plane++ {
		content, err := r.bodies[from+plane].read(&r.content, r.dec)
		if err != nil {
			return err
		}
		if len(content) != r.Rows() {
			return errForm
		}
		for _, row := range r.only {
			if plane == 0 {
				values[row] = 0
			}
			values[row] |= int64(uint64(content[row]) << (8 * plane))
		}
	}
	for _, row := range r.only {
		if values[row] == 0 {
			return errForm
		}
		values[row] = unzigzag(uint64(values[row]) - 1)
	}
	return nil
}

// sparseCodes are the encoded codes of a column, one for each row. Without starts,
// all have one byte.
type sparseCodes struct {
	content []byte
	starts  []uint32
}

// sparse finds the codes in a section of the body.
func (r *Reader) sparse(section int) (s sparseCodes, err error) {
	if err := r.openBody(); err != nil {
		return s, err
	}
	if s.content, err = r.bodies[section].read(&r.content, r.dec); err != nil || len(s.content) == r.Rows() {
		return s, err
	}
	r.starts = grown(r.starts, len(s.content)+1)
	s.starts = r.starts
	rows := 0
	s.starts[0] = 0
	for i, b := range s.content {
		s.starts[rows+1] = uint32(i) + 1 // where the next code begins, if b ends this one
		rows += int(b>>7 ^ 1)
	}
	return s, checkEnd(rows == r.Rows() && int(s.starts[rows]) == len(s.content))
}

// at is the code of a row.
func (s *sparseCodes) at(row int) uint64 {
	if s.starts == nil {
		return uint64(s.content[row])
	}
	code, _ := longCode(s.content, int(s.starts[row]))
	return code
}

// count returns how many rows before the given one have code, which has one byte.
func (s *sparseCodes) count(code byte, before int) uint64 {
	if s.starts == nil {
		return uint64(bytes.Count(s.content[:before], []byte{code}))
	}
	n := uint64(0)
	for row, start := range s.starts[:before] {
		if s.content[start] == code && s.starts[row+1] == start+1 {
			n++
		}
	}
	return n
}

// origin returns the last row, up to the given one, that has the same context and
// another code than same, or -1.
func (s *sparseCodes) origin(row int, same uint64, context []uint16) int {
	c := context[row]
	for ; row >= 0; row-- {
		if context[row] == c && s.at(row) != same {
			return row
		}
	}
	return -1
}
