package intent

// Kind is a class of intent. Lower values are more certain.
type Kind uint8

// The kinds.
const (
	// Exploit is proof of an attack: it has no other use.
	Exploit Kind = iota
	// SQL is an attempt to extend a statement.
	SQL
	// Script is markup that would run a script.
	Script
	// Code is a shell command, a template that computes, or a file to be included.
	Code
	// Traversal leaves the document root, or names a file outside of it.
	Traversal
	// Secret is a place of keys, dumps, configuration or version control.
	Secret
	// Backdoor is the name of a web shell.
	Backdoor
	// AdminInterface is the panel of a product.
	AdminInterface
	// CVE is a place that is known for a hole.
	CVE
	// Technology is a file that tells which product runs here, and its version.
	Technology

	// Kinds is the number of kinds.
	Kinds = int(Technology) + 1
)

var kindNames = [Kinds]string{"exploit", "sql", "script", "code", "traversal", "secret", "backdoor", "admin-interface", "cve", "technology"}

// String returns the name of a kind.
func (k Kind) String() string {
	if int(k) < Kinds {
		return kindNames[k]
	}
	return "unknown"
}

// Target is the part of a request that is looked at. Path and Query are as on the
// wire, with their percent escapes. Everything may be hostile and long.
type Target struct {
	Method, Path, Query, UserAgent, Referer string
}

// Match is a finding. Two requests that match by the same What in the same Param ask
// for the same.
type Match struct {
	Kind Kind
	// Param is the name of the query parameter, as written and at most 64 bytes long;
	// "" for the path and for headers.
	Param string
	// What is the name in a list, or the fingerprint of an injection.
	What string
	// Weak matches also occur in ordinary use, and must never block alone.
	Weak bool
	// Root is set for secrets at the root or in a well-known folder below it. A
	// missing one is never a dead link of the application.
	Root bool
}
