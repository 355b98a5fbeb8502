package useragent

import "strings"

// engines are the families that the library gives to every agent built on an
// engine, whatever else the agent says of itself. It does so to applications as
// well: what shows pages in an application for iOS is not called a browser, and
// stays as it is.
var engines = []string{
	"Android", "Chrome", "Chrome Mobile", "Chrome Mobile WebView", "Chrome Mobile iOS", "Chromium", "Edge", "Edge Mobile",
	"Electron", "Firefox", "Firefox Mobile", "Firefox iOS", "IE", "Mobile Safari", "Safari",
}

// browsers are further families of browsers. The library recognized a product of
// its own there, so that only an agent with a "+http" is none.
var browsers = []string{
	"Amazon Silk", "BlackBerry", "BlackBerry WebKit", "Brave", "Epiphany", "IE Mobile", "Iceweasel", "Konqueror", "Maxthon",
	"Mobile Safari UI/WKWebView", "Netscape", "Nokia Browser", "Opera", "Opera Mini", "Opera Mobile", "QQ Browser", "Samsung Internet",
	"SeaMonkey", "UC Browser", "Vivaldi", "Whale", "Yandex Browser",
}

// grammar are the products and words, in lower case, that browsers on these
// engines have in their agents outside of comments: engines and browsers, toolbars,
// the surroundings of the page, and devices.
var grammar = wordSet(`
	mozilla applewebkit khtml gecko like chrome chromium crios crmo safari mobile version firefox fxios edge edg edga edgios opera opr presto
	trident msie electron tablet tv vr phone java silk profile configuration user-agent:
	firephp gtb5 gtb6 gtb7 gtb7.0 gtb7.1 fbsmtwb novarra-vision mms release browser nettype language colorscheme
	webtv smarttv colt model large screen webappmanager crkey tesla
`)

// releases are the words of the grammar that a comment may follow: the release of
// a distribution, and what Google's proxy adds.
var releases = wordSet(`
	ubuntu kubuntu xubuntu debian raspbian fedora centos red hat redhat linux mint suse opensuse gentoo mandriva mandrake arch slackware freebsd sunos
	gzip
`)

// last are the products that end the agent of a browser.
var last = wordSet(`chrome edg edga edge edgios firefox fxios safari`)

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsSeq(words) {
		set[word] = true
	}
	return set
}
