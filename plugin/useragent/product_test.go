package useragent

import (
	"strings"
	"testing"
)

const (
	onWindows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
	onLinux   = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
	onAndroid = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36"
	webView   = "Mozilla/5.0 (Linux; Android 14; Pixel 8 Build/UQ1A; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/131.0.0.0 Mobile Safari/537.36"
	onIPhone  = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
	onMac     = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
)

// What has the engine of a browser, but is a tool, a crawler or an application.
func TestProductsAroundAnEngine(t *testing.T) {
	for agent, want := range map[string]string{
		// Words behind the engine.
		onWindows + " SomeScan/3.0":                                                        "SomeScan 3",
		onLinux + " GTmetrix":                                                              "GTmetrix",
		onLinux + " Google Favicon":                                                        "Google Favicon",
		onLinux + "; Somebody-User/1.2":                                                    "Somebody-User 1.2",
		onLinux + " Some Inspector (63c85ddbde52d6697f57)":                                 "Some Inspector",
		onLinux + " Some Reader/4.12":                                                      "Some Reader 4.12",
		onWindows + " Synthetic/1.0 v3111153639319797883":                                  "Synthetic 1",
		onWindows + " HIBrowser/v2.25.7.1":                                                 "HIBrowser 2.25",
		onWindows + " some_scraping/scraping@example.org":                                  "some_scraping",
		onWindows + " Edg/131.0.0.0 SomeHttpAgent":                                         "SomeHttpAgent",
		onAndroid + " Chrome-Lighthouse":                                                   "Chrome-Lighthouse",
		webView + " SomeApp/15.20":                                                         "SomeApp 15.20",
		onMac + "Version/17.5 Safari/605.1.15 SomeSEO/2.1":                                 "SomeSEO 2.1",
		onMac + "splash Version/10.0 Safari/602.1":                                         "splash",
		"Mozilla/5.0 (Windows NT 10.0; rv:145.0) Gecko/20100101 Firefox/145.0 SomeRSS/1.0": "SomeRSS 1",
		"Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 5.0) LinkCheck by example.com":      "LinkCheck by example.com",
		"Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) renderer/2 Chrome/78.0 Electron/7.1.7 Safari/537.36 TMS/20": "TMS 20",
		// Between the names of the engine, and before them.
		strings.Replace(onLinux, "Safari/", "newsai/1.0 Safari/", 1):                                            "newsai 1",
		strings.Replace(onLinux, "Chrome/", "YLT Chrome/", 1):                                                   "YLT",
		"page-preview-tool " + onWindows:                                                                        "page-preview-tool",
		"example.com/scan " + onWindows:                                                                         "example.com",
		"Some Feed Fetcher - 3 subscribers - http://example.com/ (" + onMac + "Version/14.0.1 Safari/605.1.15)": "Some Feed Fetcher",
		// Comments.
		onWindows + " (compatible; SomeReader; +https://example.com/)":                       "SomeReader",
		onWindows + "(compatible; SomeMiner v2.0; +https://example.com)":                     "SomeMiner v2.0",
		onLinux + " (Checker, https://www.example.com)":                                      "Checker",
		onLinux + " (Some-Monitor)":                                                          "Some-Monitor",
		onLinux + " (+https://docs.example.com/about)":                                       "docs.example.com",
		onLinux + " +https://example.com":                                                    "example.com",
		onLinux + " www.example.com (username x)":                                            "username x",
		strings.Replace(onLinux, "Gecko)", "Gecko; compatible; Deep/1.2; example.com/x)", 1): "Deep 1.2",
		strings.Replace(onLinux, "Gecko)", "Gecko, Forensics)", 1):                           "Forensics",
		"Mozilla/5.0 (compatible; Opengraphs/1.1; +https://example.com/ AppleWebKit/537.36 (KHTML, like Gecko) Chrome/51.0.2704.103 Safari/537.36": "Opengraphs 1.1",
		"Mozilla/5.0 (compatible; um-FC/1.0; https://www.example.com/; Windows NT 6.1; rv:125.0) Gecko/20100101 Firefox/125.0":                     "um-FC 1",
		"Mozilla/5.0 (X11; Linux x86_64; rv:72.0) Gecko/20100101 Firefox/72.0 (compatible; img2data; +https://example.com/)":                       "img2data",
		"Opera/9.80 (Windows NT 6.1; +http://example.com/about) Presto/2.12.388 Version/12.18":                                                     "example.com",
		"Mozilla/5.0 (compatible; MSIE 7.0 +http://www.example.org)":                                                                               "",
	} {
		if got, _ := unhurried().Parse(agent); got != want {
			t.Errorf("%s: named %q, want %q", agent, got, want)
		}
	}
}

// The browsers of people keep the library's names.
func TestBrowsersKeepTheirNames(t *testing.T) {
	library := newLibrary(t)
	for _, agent := range []string{
		onWindows, onLinux, onAndroid, webView, onIPhone + "Mobile/15E148", onIPhone + "Version/17.5 Mobile/15E148 Safari/604.1", onMac + "Version/17.5 Safari/605.1.15",
		onWindows + " Edg/131.0.0.0",
		onWindows + " OPR/116.0.0.0 (Edition Yx GX)",
		onWindows + " Avast/131.0.0.0",
		onWindows + " Brave/1.73",
		onWindows + ",gzip(gfe) (via docs.google.com/viewer)",
		"User-Agent: " + onWindows,
		onLinux + " Vivaldi/7.0.3495.6",
		onLinux + " CrKey/1.54.250320",
		strings.Replace(onLinux, "Safari/", "YaBrowser/24.12.0.0 Yowser/2.5 Safari/", 1),
		strings.Replace(onLinux, "Safari/", "Whale/4.29.282.14 Safari/", 1),
		strings.Replace(onLinux, "Chrome/", "Ubuntu Chromium/131.0 Chrome/", 1),
		strings.Replace(onAndroid, "Chrome/", "SamsungBrowser/24.0 Chrome/", 1),
		onAndroid + " EdgA/131.0.0.0",
		onAndroid + " (Ecosia android@131.0.0.0)",
		webView + " [FB_IAB/FB4A;FBAV/450.0.0.38.108;]",
		webView + " Instagram 350.0.0.40.90 Android (34/14; 420dpi; 1080x2400; Google/google; Pixel 8; shiba; shiba; en_US; 640000000)",
		strings.Replace(webView, "Mobile Safari/", "Mobile DuckDuckGo/5 Safari/", 1),
		onIPhone + "Mobile/15E148 [FBAN/FBIOS;FBAV/450.0.0.38.108;FBBV/564431005;FBDV/iPhone14,5;FBMD/iPhone;FBSN/iOS;FBSV/17.5]",
		onIPhone + "GSA/320.0.639410211 Mobile/15E148 Safari/604.1",
		onIPhone + "CriOS/125.0.6422.80 Mobile/15E148 Safari/604.1",
		onIPhone + "FxiOS/126.0 Mobile/15E148 Safari/605.1.15",
		onIPhone + "Version/17.5 EdgiOS/125.0.2535.96 Mobile/15E148 Safari/605.1.15",
		onIPhone + "Mobile/15E148 SomeApp/20181024.1",
		strings.ReplaceAll(onIPhone+"Version/17.5 Mobile/15E148 Safari/604.1", " ", "+"),
		onMac + "Version/17.5 Safari/605.1.15 Ddg/17.5",
		"Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/108.0.5359.211 Safari/537.36 SmartTV/10.0 Colt/2.0",
		"Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; AS; rv:11.0) like Gecko",
		"Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 5.1; Trident/4.0; GTB7.4; InfoPath.2; .NET CLR 2.0.50727; Embedded Web Browser from: http://bsalsa.com/)",
		"Mozilla/5.0 (Windows; U; Windows NT 5.1; en-US; rv:1.9.2.3) Gecko/20100401 Firefox/3.6.3 (.NET CLR 3.5.30729)",
		"Mozilla/5.0 (X11; U; Linux i686; en-US; rv:1.9.2.24) Gecko/20111107 Ubuntu/10.04 (lucid) Firefox/3.6.24",
		"Mozilla/5.0 (X11; U; Linux i686; en-US; rv:1.9.0.1) Gecko/2008072820 Firefox/3.0.1 FirePHP/0.1.1.2",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) SomeApp/1.2 Chrome/120.0.6099.268 Electron/28.1.3 Safari/537.36",
		"Safari/9537.73.11 CFNetwork/673.0.3 Darwin/13.0.0 (x86_64) (MacBookPro8%2C1)",
	} {
		want := plain(library, agent).browser
		if got, _ := unhurried().Parse(agent); got != want || got == "" {
			t.Errorf("%s: named %q, want %q", agent, got, want)
		}
	}
}

// Only Macs have these processors.
func TestDarwin(t *testing.T) {
	for agent, want := range map[string]string{
		"Mail/53 CFNetwork/711.2.23 Darwin/14.0.0":                                         "iOS 8.2",
		"Reader/5040001 CFNetwork/1492.0.1 Darwin/23.3.0":                                  "iOS 17.3",
		"Reader/1 CFNetwork/454.9.8 Darwin/10.4.0 (i386) (MacBookPro7,1)":                  "Mac OS X 10.6",
		"Reader/1 CFNetwork/811.5.4 Darwin/16.7.0 (x86_64)":                                "Mac OS X 10.12",
		"com.apple.trustd/2.2 CFNetwork/1128.0.1 Darwin/19.6.0 (x86_64)":                   "Mac OS X 10.15",
		"Reader/1 CFNetwork/1240.0.4.5 Darwin/20.6.0 (x86_64)":                             "Mac OS X 11",
		"Reader/6107 (com.example.reader) CFNetwork/1335.0.3.4 Darwin/21.6.0 (x86_64) (x)": "Mac OS X 12",
		"Mail/3826 CFNetwork/1410.0.3 Darwin/22.6.0 (x86_64)":                              "Mac OS X 13",
		"Reader/1 CFNetwork/1568.200.51 Darwin/24.1.0 (x86_64)":                            "Mac OS X 15",
		"Reader/1 CFNetwork/3826.500.131 Darwin/25.0.0 (x86_64)":                           "Mac OS X 26",
		"Reader/1 CFNetwork/1 Darwin/ (x86_64)":                                            "Mac OS X",
	} {
		if _, got := unhurried().Parse(agent); got != want {
			t.Errorf("%s: on %q, want %q", agent, got, want)
		}
	}
}
