package intent

import "strings"

// expected are files at the root that browsers, phones, feed readers and crawlers ask
// for by themselves, whether they are there or not.
var expected = set(
	"robots.txt ads.txt app-ads.txt sellers.json humans.txt security.txt llms.txt llms-full.txt trust.txt dnt-policy.txt pgp-key.txt",
	"sitemap.xml sitemap.txt sitemap.xml.gz sitemap_index.xml sitemap-index.xml sitemapindex.xml wp-sitemap.xml news-sitemap.xml",
	"favicon.ico favicon.png favicon.svg favicon.gif apple-touch-icon.png apple-touch-icon-precomposed.png",
	"browserconfig.xml ieconfig.xml manifest.json manifest.webmanifest site.webmanifest manifest.webapp asset-manifest.json",
	"opensearch.xml opensearchdescription.xml osd.xml crossdomain.xml clientaccesspolicy.xml p3p.xml",
	"apple-app-site-association assetlinks.json wpad.dat autodiscover/autodiscover.xml autodiscover/autodiscover.json mail/config-v1.1.xml",
	"rss rss.xml feed feed.xml atom.xml index.xml feed.json index.rdf feed/atom comments/feed",
	"sw.js service-worker.js serviceworker.js firebase-messaging-sw.js onesignalsdkworker.js",
	"generate_204 gen_204 connecttest.txt ncsi.txt hotspot-detect.html success.txt canonical.html",
	"_vti_inf.html _vti_bin/owssvr.dll msoffice/cltreq.asp desktop.ini folder.jpg folder.gif thumbs.db albumartsmall.jpg",
	"microsoft-server-activesync .ds_store .localized .hidden .metadata_never_index .spotlight-v100 .trashes .fseventsd",
)

// Expected reports whether a path is one that clients ask for everywhere by themselves.
// A missing one is no miss.
func Expected(path string) bool {
	if len(path) < 2 || len(path) > 256 || path[0] != '/' {
		return false
	}
	var b [256]byte
	name := b[:0]
	for i := 1; i < len(path); i++ {
		if path[i] == '%' || path[i] == '\\' || path[i] == ';' {
			return false
		}
		name = append(name, plain[path[i]])
	}
	if expected[string(name)] {
		return true
	}
	s := string(name[:min(len(name), 32)]) // short enough to stay on the stack
	switch {
	case strings.HasPrefix(s, ".well-known/"):
		return !strings.Contains(path, "..")
	case strings.HasPrefix(s, "apple-touch-icon") || strings.HasPrefix(s, "favicon-"):
		return strings.HasSuffix(path, ".png") && strings.IndexByte(path[1:], '/') < 0
	case strings.HasPrefix(s, "sitemap"):
		return (strings.HasSuffix(path, ".xml") || strings.HasSuffix(path, ".xml.gz")) && strings.Count(path, "/") <= 2
	case strings.HasPrefix(s, "._"): // what a Mac looks for beside each file of a share
		return true
	}
	return false
}
