package plugin

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// Requirement is a placeholder and the values of which it must have one, alone
// or in a comma-separated list.
type Requirement struct {
	Placeholder string   `json:"placeholder"`
	Values      []string `json:"values"`
}

func (req Requirement) holds(repl *caddy.Replacer) bool {
	have := repl.ReplaceAll(req.Placeholder, "")
	if slices.Contains(req.Values, have) {
		return true
	}
	for v := range strings.SplitSeq(have, ",") {
		if slices.Contains(req.Values, strings.TrimSpace(v)) {
			return true
		}
	}
	return false
}

// consoleBase is the path under which the browser sees the console: what
// handle_path stripped from the original one.
func consoleBase(r *http.Request) string {
	original, ok := r.Context().Value(caddyhttp.OriginalRequestCtxKey).(http.Request)
	if !ok || original.URL == nil {
		return "/"
	}
	base := strings.TrimSuffix(original.URL.Path, strings.TrimPrefix(r.URL.Path, "/"))
	// Two slashes in front would make it another host.
	base = "/" + strings.TrimLeft(base, "/")
	if !strings.HasSuffix(base, "/") {
		base += "/"
	}
	return base
}

// unforgeable turns placeholders of request headers into those of the headers
// with which the authentication service answered forward_auth. Where no
// service answered they are empty, and the console stays shut.
func unforgeable(text string) string {
	return requestHeader.ReplaceAllStringFunc(text, func(placeholder string) string {
		name := requestHeader.FindStringSubmatch(placeholder)[1]
		return "{http.reverse_proxy.header." + http.CanonicalHeaderKey(name) + "}"
	})
}

// forgeable is the first placeholder that a client could fill in, or "".
func forgeable(text string) string { return chosenByClient.FindString(unforgeable(text)) }

var (
	onePlaceholder = regexp.MustCompile(`^\{[^{}]+\}$`)
	requestHeader  = regexp.MustCompile(`\{http\.request\.header\.([^{}]*)\}`)
	// chosenByClient finds where any client can put a name of its choice. What
	// TLS proves of a request is not its own choice.
	chosenByClient = regexp.MustCompile(`\{http\.request\.(header|cookie|uri|orig_uri|body)\b[^{}]*\}`)
)
