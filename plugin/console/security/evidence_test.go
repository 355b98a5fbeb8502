package security_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gatebook/gatebook/plugin/console"
	"github.com/gatebook/gatebook/plugin/console/consoletest"
	"github.com/gatebook/gatebook/record"
)

// The page of a flag says of each request why it counts, in words.
func TestEvidence(t *testing.T) {
	source := consoletest.Flagged(t)
	c := consoletest.New(t, source, console.RoleSecurity)
	consoletest.Holds(t, "in English", consoletest.Get(c, "/flags/f1"), 200,
		"What it asks for", "<bdi>A file that holds secrets</bdi>", "<bdi>Not there</bdi>", "<bdi>A stranger</bdi>",
		`class="c-cost"><span>0.25</span><span class="sub"><bdi class="file">http-sensitive-files</bdi>`)
	german := httptest.NewRequest(http.MethodGet, "/flags/f1", nil)
	german.Header.Set("Accept-Language", "de")
	w := httptest.NewRecorder()
	c.ServeHTTP(w, german)
	consoletest.Holds(t, "in German", w, 200,
		"Ziel der Anfrage", "<bdi>Eine Datei mit Geheimnissen</bdi>", "<bdi>Gibt es nicht</bdi>", "<bdi>Ein Unbekannter</bdi>", `class="c-cost"><span>0,25<`)
	flag := &source.FlagList[2]
	e := &flag.Evidence[0]
	e.Worth = record.Worth{Intent: "<b>mischief", Cost: 0.296}
	consoletest.Holds(t, "of a later version", consoletest.Get(c, "/flags/f1"), 200, "<bdi><b>mischief</bdi>", ">0.296<", "!<bdi>Not there")
	e.Worth = record.Worth{}
	consoletest.Holds(t, "of an earlier version", consoletest.Get(c, "/flags/f1"), 200, "Evidence", "/.env", `data-label="What it asks for">-</td>`, `class="c-cost">-</td>`)
}
