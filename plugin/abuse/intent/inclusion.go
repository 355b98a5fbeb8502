package intent

import "bytes"

// wrappers are the schemes by which PHP reads something other than a file.
var wrappers = []string{"php://filter", "php://input", "php://fd", "expect://", "phar://", "data://text/plain", "data:text/plain;base64", "zip://", "glob://", "ssh2.exec://", "zlib://", "compress.zlib://"}

// pages are parameters that name what is included. Those that name where somebody goes
// next (url, next, return, redirect, callback) are none.
var pages = set(
	"page pg file filename filepath path fullpath template tpl tmpl theme layout style skin include inc includefile incfile require load",
	"content module mod conf config cfg lang language section folder dir root basepath abspath absolute_path root_path base_dir include_path",
	"doc document view show display body main cmd func function action do act option show_page pagename pageid",
)

// inclusion finds a foreign file where a page is named.
func inclusion(_ *finder, v *value) (what string, weak, found bool) {
	for _, wrapper := range wrappers {
		if hasPrefix(v.text, wrapper) {
			return wrapper, isProse(v.name), true
		}
	}
	var b [16]byte
	if !pages[string(lowered(&b, v.name))] && !hasPrefixFold(v.name, "mosconfig_") && !hasPrefixFold(v.name, "_server[") && !hasPrefixFold(v.name, "globals[") {
		return "", false, false
	}
	for _, scheme := range []string{"http://", "https://", "ftp://", "ftps://", "hthttp://"} {
		if hasPrefix(v.text, scheme) {
			return "foreign file", !isForeign(v.text[len(scheme):]), true
		}
	}
	return "", false, false
}

func hasPrefixFold(text, prefix string) bool {
	if len(text) < len(prefix) {
		return false
	}
	for i := range len(prefix) {
		if plain[text[i]] != prefix[i] {
			return false
		}
	}
	return true
}

// isForeign reports whether a URL is one to be run rather than shown: it cuts off what
// the application appends, or is the source of a script on no named host. Viewers of
// documents are given the URLs of documents.
func isForeign(url []byte) bool {
	if bytes.IndexByte(url, 0) >= 0 {
		return true
	}
	if len(url) > 0 && url[len(url)-1] == '?' {
		return true
	}
	if contains(url, ".txt?") {
		return true
	}
	host, path, _ := bytes.Cut(url, []byte("/"))
	path, _, _ = bytes.Cut(path, []byte("?"))
	for _, c := range host {
		if !isDigit(c) && c != '.' && c != ':' {
			return false
		}
	}
	for _, end := range []string{".txt", ".php", ".inc", ".sh", ".gif", ".dat", ".pl"} {
		if len(path) > len(end) && string(path[len(path)-len(end):]) == end {
			return true
		}
	}
	return false
}
