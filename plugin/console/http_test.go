package console_test

import (
	"bufio"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/gatebook/gatebook/plugin/console"
	"github.com/gatebook/gatebook/plugin/console/consoletest"
)

// TestHTTP runs the conversations in testdata. The name of a file is that of
// the roles. A line that starts with a method is a request; the lines below
// translate what must hold of its answer.
func TestHTTP(t *testing.T) {
	roles := map[string][]console.Role{
		"application": {console.RoleApplication},
		"security":    {console.RoleSecurity},
		"both":        {console.RoleApplication, console.RoleSecurity},
	}
	for name, roles := range roles {
		t.Run(name, func(t *testing.T) {
			talk(t, consoletest.New(t, consoletest.Sample(t), roles...), filepath.Join("testdata", name+".txt"))
		})
	}
}

func talk(t *testing.T, c *console.Console, file string) {
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var answer *httptest.ResponseRecorder
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		word, rest, _ := strings.Cut(strings.TrimSpace(lines.Text()), " ")
		ok := true
		switch word {
		case "", "#":
		case "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS":
			answer = consoletest.Do(c, word, rest)
		case "status":
			ok = rest == strconv.Itoa(answer.Code)
		case "header":
			name, value, _ := strings.Cut(rest, " ")
			ok = answer.Header().Get(name) == value
		case "has":
			ok = strings.Contains(answer.Body.String(), rest)
		case "hasnt":
			ok = !strings.Contains(answer.Body.String(), rest)
		case "is":
			ok = strings.TrimSpace(answer.Body.String()) == rest
		default:
			t.Fatalf("%s:%d: what is %q?", file, n, word)
		}
		if !ok {
			t.Errorf("%s:%d: %q does not hold; status %d, header %v", file, n, lines.Text(), answer.Code, answer.Header())
			t.Logf("%.20000s", answer.Body)
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
}
