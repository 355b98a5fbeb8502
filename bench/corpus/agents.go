package corpus

import "fmt"

// userAgents are some 600, as browsers, feeds and robots name themselves.
func userAgents() []string {
	var list []string
	add := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	desktops := []string{
		"Windows NT 10.0; Win64; x64", "Macintosh; Intel Mac OS X 10_15_7", "X11; Linux x86_64",
		"Windows NT 6.1; Win64; x64", "X11; CrOS x86_64 14541.0.0",
	}
	for _, system := range desktops {
		for v := 120; v < 146; v++ {
			add("Mozilla/5.0 (%s) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36", system, v)
			add("Mozilla/5.0 (%s; rv:%d.0) Gecko/20100101 Firefox/%d.0", system, v, v)
		}
	}
	for v := 120; v < 146; v++ {
		add("Mozilla/5.0 (%s) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36 Edg/%d.0.0.0", desktops[0], v, v)
	}
	phones := []string{"SM-S918B", "SM-A546B", "Pixel 8", "Pixel 9 Pro", "M2101K6G", "CPH2581", "K"}
	for i, phone := range phones {
		for v := 122; v < 146; v++ {
			add("Mozilla/5.0 (Linux; Android %d; %s) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Mobile Safari/537.36", 11+i%5, phone, v)
		}
	}
	for major := 15; major < 19; major++ {
		for minor := range 7 {
			for _, device := range []string{"iPhone; CPU iPhone OS", "iPad; CPU OS"} {
				add("Mozilla/5.0 (%s %d_%d like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/%d.%d Mobile/15E148 Safari/604.1",
					device, major, minor, major, minor)
			}
		}
	}
	for v := 60; v < 90; v++ {
		add("curl/7.%d.0", v)
		add("python-requests/2.%d.1", v-50)
	}
	return append(list, robots...)
}

var robots = []string{
	"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
	"Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
	"Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
	"Mozilla/5.0 (compatible; SemrushBot/7~bl; +http://www.semrush.com/bot.html)",
	"Mozilla/5.0 (compatible; GPTBot/1.2; +https://openai.com/gptbot)",
	"Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)",
	"DuckDuckBot/1.1; (+http://duckduckgo.com/duckduckbot.html)",
	"Mozilla/5.0 (compatible; Amazonbot/0.1; +https://developer.amazon.com/support/amazonbot)",
	"Go-http-client/1.1", "Wget/1.21.3", "Feedly/1.0 (+http://www.feedly.com/fetcher.html; like FeedFetcher-Google)",
}

// scanners call themselves so, where they do not lie.
var scanners = []string{
	"Mozilla/5.0 zgrab/0.x", "sqlmap/1.8.2#stable (https://sqlmap.org)", "masscan/1.3",
	"Mozilla/5.00 (Nikto/2.5.0) (Evasions:None) (Test:000003)", "Nuclei - Open-source project (github.com/projectdiscovery/nuclei)",
}
