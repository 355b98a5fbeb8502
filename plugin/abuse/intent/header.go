package intent

import "bytes"

// headers are fields that an application is made to send by a line break in what it
// puts into a header.
var headers = []string{"set-cookie:", "location:", "content-length:", "content-type:", "transfer-encoding:", "http/1.", "x-"}

// header finds a line break with a header field behind it.
func header(_ *finder, v *value) (what string, weak, found bool) {
	text := v.text
	for {
		i := bytes.IndexByte(text, '\n')
		if i < 0 {
			return "", false, false
		}
		text = text[i+1:]
		for _, name := range headers {
			if !hasPrefix(text, name) {
				continue
			}
			if name == "x-" && !isField(text) {
				continue
			}
			return "header field", isProse(v.name), true
		}
	}
}

// isField reports whether a text begins with a name and a colon.
func isField(text []byte) bool {
	for i, c := range text {
		if c == ':' {
			return i > 2
		}
		if !isWord(c) && c != '-' {
			return false
		}
	}
	return false
}
