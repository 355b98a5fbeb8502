package e2e

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// decideAll makes every decision. Bans last as long as they can.
func (g *gate) decideAll() {
	g.t.Helper()
	for _, args := range [][]string{
		{"ban", "198.51.100.23", "198.18.4.0/24", "198.18.5.0/24", "2001:db8:5::1", "--for", "3650d", "--note", "looks for backups, „Österreich“"},
		{"throttle", "198.18.6.1", "--for", "3650d"},
		{"allow", "198.18.4.7", "2001:db8:6::/48", "--note", "our own monitoring"},
		{"ban", "198.18.7.1", "--for", "3650d"},
		{"clear", "198.18.7.1"},
		{"flags", "confirm", "198.51.100.24"},
		{"flags", "false-positive", "198.51.100.30", "--note", "a broken client"},
	} {
		g.ask(args...)
	}
	g.put("POST", "decisions", `{"subject":"198.51.100.40","note":"only a note"}`)
	g.put("POST", "decisions", `{"subject":{"kind":"account","value":"grace@example.com"},"decision":"confirm","note":"she forgot it"}`)
}

// changeSettings changes what holds at once, and what has to wait.
func (g *gate) changeSettings() {
	g.t.Helper()
	g.put("PUT", "settings", `{"retention_days_by_category":{"login":36500},"anonymize_after_days":{"webhook":36000},"timezone":"Europe/Vienna"}`)
	g.put("PUT", "settings", `{"retention_days":35000,"retention_days_by_category":{"login":36400},"anonymize_after_days":{"webhook":35000,"booking":34000}}`)
}

// postpone has the settings that wait take effect in a hundred years, not in
// two days, so that answers stay the same. The ledger is where a decision is
// written first; the log obeys a line that it does not know.
func (g *gate) postpone() {
	g.t.Helper()
	ledger := g.readLedger()
	lines := bytes.Split(bytes.TrimSpace(ledger), []byte("\n"))
	var line struct {
		Time   time.Time      `json:"time"`
		Policy map[string]any `json:"policy"`
	}
	must(g.t, json.Unmarshal(lines[len(lines)-1], &line))
	pending, ok := line.Policy["pending"].(map[string]any)
	if !ok {
		g.t.Fatalf("the ledger's last line has no settings that wait: %s", lines[len(lines)-1])
	}
	line.Time = time.Now().UTC()
	line.Policy["changed"], pending["effective"] = line.Time, "2126-01-01T00:00:00Z"
	text, err := json.Marshal(line)
	must(g.t, err)
	must(g.t, os.WriteFile(g.ledger(), append(append(ledger, text...), '\n'), 0o600))
	g.ask("stats")
}

func (g *gate) ledger() string { return filepath.Join(g.data, "acme.ledger") }

func (g *gate) readLedger() []byte {
	g.t.Helper()
	text, err := os.ReadFile(g.ledger())
	must(g.t, err)
	return text
}

// put changes something on the admin endpoint.
func (g *gate) put(method, path, body string) {
	g.t.Helper()
	req, err := http.NewRequest(method, "http://"+g.admin+"/gatebook/acme/"+path, strings.NewReader(body))
	must(g.t, err)
	req.Header.Set("Authorization", "Bearer "+g.token())
	req.Header.Set("Content-Type", "application/json")
	if status, answer := do(g.t, req); status != http.StatusOK {
		g.t.Fatalf("%s %s: %d %s", method, path, status, answer)
	}
}
