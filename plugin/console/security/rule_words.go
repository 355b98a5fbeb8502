package security

import (
	"time"

	"github.com/gatebook/gatebook/plugin/console/locale"
)

// ruleWord says in words what a rule of the gate's counts, and when it overflows:
// at more than capacity, of which one leaks away in each leak.
type ruleWord struct {
	counts   string
	capacity int
	leak     time.Duration
}

const (
	second = time.Second
	minute = time.Minute
	// variable is the capacity of a rule that has no number of its own.
	variable = -1
)

// ruleWords are the rules that Gatebook ships, with the numbers that plugin/abuse
// has for them; a test in plugin compares the two.
var ruleWords = map[string]ruleWord{
	"http-probing":                   {locale.Text("Different files that are not there, or not for this visitor (400, 403, 404)"), 10, 10 * second},
	"http-crawl-non_statics":         {locale.Text("Different pages that were fetched"), 40, second / 2},
	"http-bad-user-agent":            {locale.Text("Requests by a known scanner or library"), 1, minute},
	"http-sensitive-files":           {locale.Text("Files that hold secrets: .env, .git/config, keys, dumps, backups"), 4, 5 * second},
	"http-path-traversal-probing":    {locale.Text("Attempts to leave the site's folder (../, /etc/passwd)"), 3, 10 * second},
	"http-xss-probing":               {locale.Text("Queries with scripts or event handlers in them"), 5, second},
	"http-sqli-probing":              {locale.Text("Queries with SQL in them"), 10, second},
	"http-backdoors-attempts":        {locale.Text("Names of known web shells"), 1, 5 * second},
	"http-admin-interface-probing":   {locale.Text("Administration pages that are not there"), 2, 10 * second},
	"http-cve-probing":               {locale.Text("An address that only a known exploit asks for"), 0, 0},
	"http-technology-probing":        {locale.Text("A file that tells which product or version runs here"), 0, 0},
	"http-open-proxy":                {locale.Text("An attempt to use this server as a proxy for others"), 0, 0},
	"http-wordpress-scan":            {locale.Text("Files of WordPress that are not there"), 3, 10 * second},
	"http-wordpress_user-enum":       {locale.Text("Queries that list the users of WordPress"), 5, 10 * second},
	"http-wordpress_wpconfig":        {locale.Text("Copies of the configuration of WordPress"), 5, 10 * second},
	"http-bf-wordpress_bf":           {locale.Text("Failed logins at WordPress"), 5, 10 * second},
	"http-bf-wordpress_bf_xmlrpc":    {locale.Text("Calls of xmlrpc.php, which tries many passwords at once"), 5, 2 * minute},
	"http-generic-bf":                {locale.Text("Failed logins with Basic authentication"), 5, 10 * second},
	"http-generic-401-bf":            {locale.Text("Forms that were answered with 401: wrong passwords"), 5, 10 * second},
	"http-generic-403-bf":            {locale.Text("Forms that were answered with 403: refused"), 5, 10 * second},
	"http-dos-bypass-cache":          {locale.Text("Queries of digits alone, which make caches useless"), 30, second},
	"http-dos-random-uri":            {locale.Text("Addresses of six random letters"), 30, second},
	"http-dos-invalid-http-versions": {locale.Text("A version of HTTP that does not exist"), 0, 0},
	"http-dos-switching-ua":          {locale.Text("Different user agents from one address; every shared office has that"), 10, 8 * second},
	"rate":                           {locale.Text("Requests, more than the site's limit allows"), variable, 0},
	"login-bf":                       {locale.Text("Failed logins of one account from one address"), 5, 20 * second},
	"login-slow-bf":                  {locale.Text("Failed logins of one account from one address, slowly"), 5, 12 * minute},
	"login-user-enum":                {locale.Text("Failed logins of different accounts from one address"), 5, minute},
	"login-spraying":                 {locale.Text("Failed logins of different accounts, with hardly a success"), 10, 6 * minute},
	"login-distributed":              {locale.Text("Failed logins of one account from different addresses"), 5, 6 * minute},
	"login-takeover":                 {locale.Text("A login that succeeded after many that failed"), 5, 12 * minute},
	"spoofed-crawler":                {locale.Text("Claims to be a search engine, and is not"), 0, 0},
	"ban-budget":                     {locale.Text("More addresses to ban within a minute than the gate may"), 0, 0},
	"instance-flood":                 {locale.Text("Far more requests a second than this site usually has"), variable, 0},
}

// RuleNumbers are the capacity and the leak that pages tell of a shipped rule; 0
// for one that has no numbers of its own.
func RuleNumbers(rule string) (capacity int, leak time.Duration, known bool) {
	r, known := ruleWords[rule]
	return max(r.capacity, 0), r.leak, known
}
