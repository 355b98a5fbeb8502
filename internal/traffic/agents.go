package traffic

import "strconv"

// agents are the user agents that each case may name.
var agents = map[string]string{
	"none":          "",
	"firefox":       "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
	"firefox-win":   "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0",
	"firefox-esr":   "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
	"firefox-mac":   "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:145.0) Gecko/20100101 Firefox/145.0",
	"chrome":        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
	"chrome-linux":  "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
	"chrome-mac":    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
	"chromebook":    "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
	"edge":          "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
	"safari":        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15",
	"iphone":        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
	"ipad":          "Mozilla/5.0 (iPad; CPU OS 17_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.7 Mobile/15E148 Safari/604.1",
	"android":       "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
	"samsung":       "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
	"curl":          "curl/8.14.1",
	"wget":          "Wget/1.25.0",
	"python":        "python-requests/2.32.5",
	"go":            "Go-http-client/2.0",
	"okhttp":        "okhttp/4.12.0",
	"java":          "Java-http-client/21.0.8",
	"npm":           "npm/10.9.3 node/v22.19.0 linux x64 workspaces/false ci/gitlab",
	"maven":         "Apache-Maven/3.9.11 (Java 21.0.8; Linux 6.12.0)",
	"docker":        "docker/28.4.0 go/go1.24.7 git-commit/249d679 kernel/6.12.0 os/linux arch/amd64 UpstreamClient(Docker-Client/28.4.0 \\(linux\\))",
	"git":           "git/2.51.0",
	"nextcloud":     "Mozilla/5.0 (Linux) mirall/3.17.2 (Nextcloud, debian-6.12.0 ClientArchitecture: x86_64 OsArchitecture: x86_64)",
	"davx5":         "DAVx5/4.5.3-ose (2025/08/15; dav4jvm; okhttp/5.1.0) Android/15",
	"apple-dav":     "iOS/18.6.2 (22G100) dataaccessd/1.0",
	"thunderbird":   "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Thunderbird/140.3.0",
	"windows-dav":   "Microsoft-WebDAV-MiniRedir/10.0.26100",
	"googlebot":     "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
	"uptime":        "Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)",
	"kube-probe":    "kube-probe/1.33",
	"prometheus":    "Prometheus/3.6.0",
	"blackbox":      "Blackbox Exporter/0.27.0",
	"feedly":        "Feedly/1.0 (+http://www.feedly.com/fetcher.html; like FeedFetcher-Google)",
	"miniflux":      "Mozilla/5.0 (compatible; Miniflux/2.2.12; +https://miniflux.app)",
	"archiver":      "Mozilla/5.0 (compatible; archive.org_bot +http://archive.org/details/archive.org_bot)",
	"sqlmap":        "sqlmap/1.9.9#stable (https://sqlmap.org)",
	"nikto":         "Mozilla/5.00 (Nikto/2.5.0) (Evasions:None) (Test:Port Check)",
	"zgrab":         "Mozilla/5.0 zgrab/0.x",
	"nuclei":        "Nuclei - Open-source project (github.com/projectdiscovery/nuclei)",
	"ffuf":          "Fuzz Faster U Fool v2.1.0-dev",
	"wpscan":        "WPScan v3.8.28 (https://wpscan.com/wordpress-security-scanner)",
	"hydra":         "Mozilla/5.0 (Hydra)",
	"scrapy":        "Scrapy/2.13.3 (+https://scrapy.org)",
	"libredtail":    "libredtail-http",
	"old-iexplorer": "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0)",
}

// lists are the lists that each case may use. The items of browsers are names of
// agents.
var lists = map[string][]string{
	"people": {"person1", "person2", "person3", "person4", "person5", "person6", "person7", "person8"},
	"browsers": {
		"firefox", "chrome", "safari", "edge", "iphone", "android", "firefox-win", "chrome-mac",
		"ipad", "samsung", "chrome-linux", "firefox-esr", "chromebook", "firefox-mac",
	},
}

// person is one of the eight who use the application on the day before.
type person struct{ address, agent string }

// persons are person1 to person8.
var persons = func() map[string]person {
	all := make(map[string]person)
	for i := range 8 {
		n := strconv.Itoa(i + 1)
		all["person"+n] = person{address: "198.19." + n + ".7", agent: lists["browsers"][i]}
	}
	return all
}()
