package security

import (
	"time"

	"github.com/gatebook/gatebook/plugin/console/locale"
)

// ruleWord is what a rule counts, and the numbers of its buckets.
type ruleWord struct {
	counts string
	fast   bucket
	// slow is the bucket that leaks slower, for the same requests. Its zero value
	// means none.
	slow bucket
}

// bucket overflows at more than capacity; one leaks in each period of leak.
type bucket struct {
	capacity int
	leak     time.Duration
}

const (
	second = time.Second
	minute = time.Minute
	hour   = time.Hour
	// variable is the capacity of a rule that has no number of its own.
	variable = -1
)

// ruleWords are the rules that Gatebook ships, with the numbers that plugin/abuse
// has for them; a test in plugin compares the two.
var ruleWords = map[string]ruleWord{
	"http-probing":                   {locale.Text("Different files that are not there, or that nobody here may have (400, 403, 404, 405, 410)"), bucket{10, 10 * second}, bucket{15, 10 * minute}},
	"http-crawl-non_statics":         {locale.Text("Different pages that were fetched"), bucket{40, second / 2}, bucket{}},
	"http-bad-user-agent":            {locale.Text("Requests by a known scanner or library"), bucket{1, minute}, bucket{}},
	"http-sensitive-files":           {locale.Text("Files that hold secrets: .env, .git/config, keys, dumps, backups"), bucket{4, 5 * second}, bucket{4, hour}},
	"http-path-traversal-probing":    {locale.Text("Attempts to leave the site's folder (../, /etc/passwd)"), bucket{3, 10 * second}, bucket{5, hour}},
	"http-xss-probing":               {locale.Text("Parameters or paths with scripts or event handlers in them"), bucket{3, 10 * second}, bucket{6, hour}},
	"http-sqli-probing":              {locale.Text("Parameters or paths with SQL in them"), bucket{3, 10 * second}, bucket{6, hour}},
	"http-backdoors-attempts":        {locale.Text("Names of known web shells"), bucket{1, 5 * second}, bucket{3, hour}},
	"http-admin-interface-probing":   {locale.Text("Administration pages that are not there"), bucket{2, 10 * second}, bucket{4, hour}},
	"http-cve-probing":               {locale.Text("Addresses that only known exploits ask for"), bucket{1, 10 * second}, bucket{3, hour}},
	"http-technology-probing":        {locale.Text("A file that tells which product or version runs here"), bucket{}, bucket{}},
	"http-open-proxy":                {locale.Text("An attempt to use this server as a proxy for others"), bucket{}, bucket{}},
	"http-wordpress-scan":            {locale.Text("Files of WordPress that are not there"), bucket{3, 10 * second}, bucket{5, hour}},
	"http-wordpress_user-enum":       {locale.Text("Queries that list the users of WordPress"), bucket{5, 10 * second}, bucket{8, hour}},
	"http-wordpress_wpconfig":        {locale.Text("Copies of the configuration of WordPress"), bucket{5, 10 * second}, bucket{5, hour}},
	"http-bf-wordpress_bf":           {locale.Text("Failed logins at WordPress"), bucket{5, 10 * second}, bucket{10, 2 * hour}},
	"http-bf-wordpress_bf_xmlrpc":    {locale.Text("Calls of xmlrpc.php, which tries many passwords at once"), bucket{20, 10 * second}, bucket{60, 30 * second}},
	"http-generic-bf":                {locale.Text("Failed logins with Basic authentication"), bucket{5, 10 * second}, bucket{10, 2 * hour}},
	"http-generic-401-bf":            {locale.Text("Forms that were answered with 401: wrong passwords"), bucket{5, 10 * second}, bucket{10, 2 * hour}},
	"http-generic-403-bf":            {locale.Text("Forms that were answered with 403: refused"), bucket{5, 10 * second}, bucket{15, 30 * minute}},
	"http-dos-bypass-cache":          {locale.Text("Queries of digits alone, which make caches useless"), bucket{30, second}, bucket{}},
	"http-dos-random-uri":            {locale.Text("Addresses of six random letters"), bucket{30, second}, bucket{}},
	"http-dos-invalid-http-versions": {locale.Text("A version of HTTP that does not exist"), bucket{}, bucket{}},
	"http-dos-switching-ua":          {locale.Text("Different user agents from one address; every shared office has that"), bucket{10, 8 * second}, bucket{}},
	"rate":                           {locale.Text("Requests, more than the site's limit allows"), bucket{capacity: variable}, bucket{}},
	"login-bf":                       {locale.Text("Failed logins of one account from one address"), bucket{5, 20 * second}, bucket{}},
	"login-slow-bf":                  {locale.Text("Failed logins of one account from one address, slowly"), bucket{10, 144 * minute}, bucket{}},
	"login-user-enum":                {locale.Text("Failed logins of different accounts from one address"), bucket{5, minute}, bucket{8, 3 * hour}},
	"login-spraying":                 {locale.Text("Failed logins of different accounts, with hardly a success"), bucket{10, 6 * minute}, bucket{}},
	"login-distributed":              {locale.Text("Failed logins of one account from different addresses"), bucket{5, 6 * minute}, bucket{}},
	"login-takeover":                 {locale.Text("A login that succeeded after many that failed"), bucket{5, 12 * minute}, bucket{}},
	"spoofed-crawler":                {locale.Text("Claims to be a search engine, and is not"), bucket{}, bucket{}},
	"ban-budget":                     {locale.Text("More addresses to ban within a minute than the gate may"), bucket{}, bucket{}},
	"blocklist":                      {locale.Text("The address is in a block list"), bucket{}, bucket{}},
	"instance-flood":                 {locale.Text("Far more requests a second than this site usually has"), bucket{capacity: variable}, bucket{}},
	"http-exploit":                   {locale.Text("An exploit that has no other use, whatever the answer"), bucket{}, bucket{}},
	"http-code-injection-probing":    {locale.Text("Parameters with commands, templates or addresses of foreign files in them"), bucket{3, 10 * second}, bucket{5, hour}},
	"subnet-probing":                 {locale.Text("Files that are not there, by many addresses of one network together"), bucket{100, 30 * second}, bucket{}},
	"login-rate":                     {locale.Text("Attempts to log in, whatever the answer"), bucket{12, 10 * second}, bucket{30, 10 * minute}},
}

// RuleNumbers are the capacity and the leak that pages tell of a shipped rule; 0
// for one that has no numbers of its own.
func RuleNumbers(rule string) (capacity int, leak time.Duration, known bool) {
	r, known := ruleWords[rule]
	return max(r.fast.capacity, 0), r.fast.leak, known
}

// SlowRuleNumbers are those of the slow bucket; 0 for a rule that has none.
func SlowRuleNumbers(rule string) (capacity int, leak time.Duration) {
	r := ruleWords[rule]
	return r.slow.capacity, r.slow.leak
}
