package abuse_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/record"
)

// spellings are spellings of a path that a server, or a framework behind it, resolves
// to the path itself. %[1]s is the path without its first slash, %[2]s its first byte
// escaped, %[3]s the rest, and %[4]s its code.
var spellings = []string{
	"/%[1]s;x", "/%[1]s;x=1/", "/;x/%[1]s", "/x;y/..;/%[1]s", "/%[1]s%%3b", "/%[1]s%%3Bx",
	"/%[1]s/", "/%[1]s//", "/%[1]s%%2f", "/%[1]s%%2F", "/%[1]s/.", "/%[1]s/x/..", "/%[1]s%%5c", "/%[1]s%%252f",
	"/%[1]s%%20", "/%[1]s%%20%%20", "/%[1]s%%09", "/%[1]s%%0a", "/%[1]s%%0d%%0a", "/%[1]s ", "/%%20%[1]s",
	"/%[1]s.", "/%[1]s..", "/%[1]s%%2e", "/%[1]s. .", "/%[1]s::$DATA",
	"/%[1]s%%00.png", "/%[1]s%%00", "/%[1]s%%2500.png", "/%[1]s%%3f", "/%[1]s%%3f.png", "/%[1]s%%23", "/%[1]s%%23.png", "/%[1]s?.png",
	"//%[1]s", "///%[1]s", "/./%[1]s", "/.//%[1]s", "/%%2e/%[1]s", "/x/../%[1]s", "/x/%%2e%%2e/%[1]s", "/x/..%%2f%[1]s", "/x/..;/%[1]s", "/x/..%%3b/%[1]s",
	"/../%[1]s", "/%%2f%[1]s", "%[1]s", "\\%[1]s", "/\\%[1]s", "/%%5c%[1]s", "/x\\..\\%[1]s", "/x%%5c..%%5c%[1]s",
	"/%[2]s%[3]s", "/%%25%[4]s%[3]s", "/%%2525%[4]s%[3]s", "/%%u00%[4]s%[3]s", "/%%c0%%ae%%c0%%ae/%[1]s",
}

// Spelling hides nothing: a file that holds secrets is counted for the same rule,
// as strongly, in every spelling that servers take for it.
func TestSpellingHidesNothing(t *testing.T) {
	secrets := []string{".env", ".git/config", "id_rsa", "WEB-INF/web.xml", "backup.sql", ".aws/credentials"}
	for _, spelling := range append(spellings, "upper case") {
		for _, status := range []int{404, 403, 200} {
			g, now := newGate(t, abuse.Config{}), start
			for _, name := range secrets {
				path := strings.ToUpper("/" + name)
				if spelling != "upper case" {
					hex := fmt.Sprintf("%02x", name[0])
					path = strings.Split(fmt.Sprintf(spelling, name, "%"+hex, name[1:], hex), "%!")[0]
				}
				now = now.Add(5 * time.Minute) // the slow bucket counts the same
				r := visit(attacker, path)
				r.Query, r.Status, r.Bytes = "", status, 512
				g.ask("attacker", &abuse.Request{Request: r}, now)
			}
			flag, ok := g.Flag(addressOf(attacker))
			if !ok || flag.State != record.FlagBanned {
				t.Errorf("%s of %q answered with %d: %+v", spelling, secrets, status, flag)
			}
		}
	}
}

// What one asks of a script is no asset, whatever follows the script's name.
func TestAssetsBelowScripts(t *testing.T) {
	for _, path := range []string{"/p%d.php/x.css", "/p%d.php/a/b.png", "/p%d.PHP/x.css", "/p%d.php;x/y.css", "/p%d.php%%2fx.css", "/p%d.php%%00.png", "/p%d.php%%3b.png", "/p%d.%%70hp/x.css", "/p%d.php%%20/x.css", "/p%d.php./x.css", "/p%d.php\\x.css"} {
		g, now := newGate(t, abuse.Config{}), start
		for i := range 15 {
			now = now.Add(200 * time.Millisecond)
			g.ask("scanner", &abuse.Request{Request: missing(attacker, fmt.Sprintf(path, i))}, now)
		}
		if g.refused["scanner"] == 0 {
			t.Errorf("15 of %s pass", path)
		}
	}
}
