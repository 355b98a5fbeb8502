package request

import (
	"net/url"
	"strings"
)

// redactQuery returns a query, or an address with one, without the values that
// identify a person: the initiator and the subject of a search, and e-mail addresses.
func redactQuery(query string) string {
	if !strings.ContainsAny(query, "=") {
		return query
	}
	start := strings.IndexByte(query, '?') + 1
	parts := strings.Split(query[start:], "&")
	for i, part := range parts {
		name, value, _ := strings.Cut(part, "=")
		plain, err := url.QueryUnescape(value)
		person := err != nil || strings.ContainsAny(plain, "@") || strings.Contains(plain, "initiator:") || strings.Contains(plain, "subject:")
		if name == "initiator" || name == "subject" || person {
			parts[i] = name + "="
		}
	}
	return query[:start] + strings.Join(parts, "&")
}
