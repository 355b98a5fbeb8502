package intent

import "bytes"

const (
	maxLookups    = 16
	maxLookup     = 512
	maxNested     = 12
	maxLookupText = 256
)

// lookup finds ${jndi:…}, also spelled with nested lookups (${${lower:j}ndi:…}) as
// Log4j would resolve them.
func lookup(_ *finder, v *value) (what string, weak, found bool) {
	text := v.text
	for range maxLookups {
		i := index(text, "${")
		if i < 0 {
			break
		}
		if text = text[i+2:]; namesJNDI(text[:min(len(text), maxLookup)]) {
			return "${jndi:", false, true
		}
	}
	return "", false, false
}

// namesJNDI resolves what follows "${" and reports whether it is a JNDI lookup.
func namesJNDI(text []byte) bool {
	var buf [maxLookupText]byte
	var starts [maxNested]int
	out, depth := buf[:0], 0
	for i := 0; i < len(text) && len(out) < len(buf); i++ {
		switch c := text[i]; {
		case c == '$' && i+1 < len(text) && text[i+1] == '{':
			if depth == maxNested {
				return false
			}
			starts[depth] = len(out)
			depth++
			i++
		case c == '}':
			if depth == 0 {
				return false
			}
			depth--
			start := starts[depth]
			out = append(out[:start], resolved(out[start:])...)
		default:
			out = append(out, c)
		}
		if depth == 0 && hasPrefix(out, "jndi:") {
			return true
		}
	}
	return false
}

// resolved returns the value of a nested lookup: its default, or the argument of
// functions such as lower.
func resolved(body []byte) []byte {
	if i := bytes.Index(body, []byte(":-")); i >= 0 {
		return body[i+2:]
	}
	i := bytes.IndexByte(body, ':')
	if i < 0 {
		return nil
	}
	value := bytes.Trim(body[i+1:], "'")
	if string(value) == "\u0131" { // a dotless i, which is I in upper case
		return append(body[:0], 'i')
	}
	return value
}
