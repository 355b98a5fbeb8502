package pattern

import (
	pathpkg "path"
	"strings"
)

// Spelled returns a path in one spelling for all that servers take for the same: in
// lower case, without doubled slashes, dot segments, parameters after a semicolon, blanks
// and dots at the end, and what is handed to a script.
// It allocates nothing for a path that is spelled like that.
func Spelled(path string) string {
	if isPlain(path) {
		return path
	}
	n := NewNormalizer()
	defer n.Release()
	form := string(n.Form(pathpkg.Clean(path))[1:]) // after the byte that begins a text
	if strings.HasSuffix(path, "/") {
		form += "/"
	}
	return form
}

func isPlain(path string) bool {
	for i := range len(path) {
		switch c := path[i]; {
		case c >= 'A' && c <= 'Z', c <= ' ', c >= 0x7f, c == ';', c == '%', c == '+', c == '\\':
			return false
		case (c == '/' || c == '.') && i > 0 && path[i-1] == '/':
			return false
		}
	}
	return path != "" && path[len(path)-1] != '.' && !strings.Contains(path, ".php/")
}
