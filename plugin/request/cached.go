package request

import (
	"net/http"
	"strings"
)

// isCached reports whether a cache between gate and application answered from what
// it had stored (RFC 9111, section 5.1; RFC 9211, section 2.1).
func isCached(h http.Header) bool {
	if age := h["Age"]; len(age) > 0 && strings.Trim(age[0], " 0") != "" {
		return true
	}
	for _, v := range h["Cache-Status"] {
		for param := range strings.FieldsFuncSeq(v, func(r rune) bool { return r == ';' || r == ',' }) {
			if strings.TrimSpace(param) == "hit" {
				return true
			}
		}
	}
	return false
}
