package intent

// chars is a set of classes of characters. Tests run only on values with characters
// that they need, so that an ordinary request costs one pass over its bytes.
type chars uint32

const (
	quote chars = 1 << iota
	backtick
	paren
	semicolon
	less
	hash
	dollar
	brace
	backslash
	pipe
	ampersand
	space
	colon
	equals
	comma
	underscore
	percent // left over after decoding
	at
	newline
	dots   // two dots in a row
	slash  // in a value
	escape // a percent escape, or overlong UTF-8
	null
	classLoader // a parameter named class.…
)

var charsOf = func() (t [256]chars) {
	for set, in := range map[chars]string{
		quote: `'"`, backtick: "`", paren: "(", semicolon: ";", less: "<", hash: "#", dollar: "$", brace: "{",
		backslash: `\`, pipe: "|", ampersand: "&", space: " ", colon: ":", equals: "=", comma: ",", underscore: "_",
		percent: "%", at: "@", newline: "\n", slash: "/", null: "\x00",
	} {
		for _, c := range []byte(in) {
			t[c] |= set
		}
	}
	return t
}()

var hexDigit = func() (t [256]byte) {
	for i := range t {
		t[i] = 0xff
	}
	for i, c := range []byte("0123456789abcdef") {
		t[c] = byte(i)
	}
	for i, c := range []byte("ABCDEF") {
		t[c] = byte(10 + i)
	}
	return t
}()
