package e2e

import (
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// emitter is a page of docs/emit whose code is run. The files that the page
// names are taken from it; testdata/emit has what is around them in a real
// project.
type emitter struct {
	name, page string
	files      []string
	// around is a directory of testdata/emit, or "".
	around string
	// needs are what must be there, and install says how it comes there.
	needs   []string
	install string
	// build runs before command, if there is one. $PORT is where the command
	// is to listen.
	build, command []string
}

const (
	javaJars   = "/usr/share/java/"
	expressDir = "testdata/emit/express"
)

var springClasses = ".:" + jars("jackson-core", "jackson-databind", "jackson-annotations",
	"spring3-core", "spring3-beans", "spring3-context", "spring3-expression", "spring3-aop", "spring3-web", "spring3-web.servlet", "commons-logging",
	"jetty9-server", "jetty9-servlet", "jetty9-security", "jetty9-http", "jetty9-io", "jetty9-util", "servlet-api")

func jars(names ...string) string {
	for i, name := range names {
		names[i] = javaJars + name + ".jar"
	}
	return strings.Join(names, ":")
}

var emitters = []emitter{
	{
		name: "PHP", page: "php.md", files: []string{"app_event.php", "index.php"},
		needs: []string{"/usr/bin/php"}, install: "apt-get install php-cli",
		command: []string{"/usr/bin/php", "-S", "127.0.0.1:$PORT", "index.php"},
	}, {
		name: "Laravel", page: "php.md", around: "laravel",
		files: []string{"app/Http/Middleware/AppEvents.php", "app/Http/Controllers/BookingController.php"},
		needs: []string{"/usr/bin/php", "/usr/share/php/Illuminate/Http/autoload.php"}, install: "apt-get install php-cli php-illuminate-http",
		command: []string{"/usr/bin/php", "-S", "127.0.0.1:$PORT", "index.php"},
	}, {
		name: "Flask", page: "python.md", files: []string{"app_events.py", "app.py"},
		needs: []string{"/usr/lib/python3/dist-packages/flask/__init__.py"}, install: "apt-get install python3-flask",
		command: []string{"/usr/bin/python3", "-m", "flask", "run", "--port", "$PORT"},
	}, {
		name: "Django", page: "python.md", around: "django", files: []string{"bookings/app_events.py", "bookings/views.py"},
		needs: []string{"/usr/lib/python3/dist-packages/django/__init__.py"}, install: "apt-get install python3-django",
		command: []string{"/usr/bin/python3", "manage.py"},
	}, {
		name: "Express", page: "node.md", files: []string{"app-events.js", "app.js"},
		needs: []string{expressDir + "/node_modules/express/package.json"}, install: "npm ci --prefix e2e/" + expressDir,
		command: []string{"node", "app.js"},
	}, {
		name: "Rails", page: "ruby.md", around: "rails",
		files: []string{"app/controllers/concerns/app_events.rb", "app/controllers/bookings_controller.rb"},
		needs: []string{"/usr/bin/ruby", "/usr/share/rubygems-integration/all/gems/railties-*", "/usr/share/rubygems-integration/all/gems/webrick-*"}, install: "apt-get install ruby-railties ruby-webrick",
		command: []string{"/usr/bin/ruby", "server.rb"},
	}, {
		name: "Go", page: "go.md", files: []string{"appevent.go", "main.go"},
		build:   []string{"go", "build", "-o", "server", "appevent.go", "main.go"},
		command: []string{"./server"},
	}, {
		name: "Spring", page: "java.md", around: "spring", files: []string{"AppEvents.java", "BookingController.java"},
		needs:   []string{"/usr/bin/javac", javaJars + "jackson-databind.jar", javaJars + "spring3-web.servlet.jar", javaJars + "jetty9-servlet.jar"},
		install: "apt-get install openjdk-17-jdk-headless libjackson2-databind-java libspring-web-servlet-java libjetty9-java",
		build:   []string{"javac", "-encoding", "UTF-8", "-cp", springClasses, "AppEvents.java", "BookingController.java", "Server.java"},
		command: []string{"java", "-cp", springClasses, "Server"},
	},
}

// desk is what a visitor types: all that goes wrong where JSON is put together
// by hand, or a header is not ASCII.
const desk = "Tür \"Süd\" 😀\n\\u00e4, X-App-Event: {}\r\n€"

// The code in docs/emit sends the intended events, from each
// language, through a real gate.
func TestEmitters(t *testing.T) {
	for _, e := range emitters {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			e.check(t)
			upstream := e.start(t)
			g := startGate(t, upstream, setup{noConsoles: true})
			g.opened()
			res, err := http.PostForm("http://"+g.site+"/bookings", url.Values{"desk": {desk}})
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			body, err := io.ReadAll(res.Body)
			if err != nil || res.StatusCode != http.StatusOK || string(body) != "booked" || len(res.Header["X-App-Event"]) > 0 {
				t.Fatalf("the client got %d %v %q, %v", res.StatusCode, res.Header, body, err)
			}
			checkEmitted(t, g)
		})
	}
}

func checkEmitted(t *testing.T, g *gate) {
	t.Helper()
	events := g.events()
	if len(events) != 2 {
		t.Fatalf("%d entries: %+v", len(events), events)
	}
	reserved, booked := events[0], events[1]
	if want := `A booking has been created for "` + desk + `".`; booked.Text != want {
		t.Errorf("the text is %q, want %q", booked.Text, want)
	}
	if booked.Category != "booking" || booked.Type != "booking.created" || booked.Subject == nil || booked.Subject.Type != "Booking" || booked.Subject.ID != "45887" {
		t.Errorf("the booking is %+v, %+v", booked, booked.Subject)
	}
	if i := booked.Initiator; i == nil || i.ID != "u_17" || i.Name != "Zoë Müller" || i.Email != "zoe@example.com" {
		t.Errorf("the initiator is %+v", i)
	}
	if reserved.Category != "equipment" || reserved.Type != "equipment.reserved" || reserved.Text != "A screen has been reserved." || reserved.Subject != nil {
		t.Errorf("the second event is %+v", reserved)
	}
	// No mark says that everything was there and plainly written.
	if len(booked.Marks)+len(reserved.Marks) > 0 || booked.ID == reserved.ID {
		t.Errorf("marks %v and %v, ids %s and %s", booked.Marks, reserved.Marks, booked.ID, reserved.ID)
	}
	if list := g.ask("events", "--format", "ndjson"); !strings.Contains(list, `"action":{"label":"View","href":"/bookings/45887"}`) {
		t.Errorf("the action is missing in %s", list)
	}
}

// check fails where something to run it with is missing.
func (e *emitter) check(t *testing.T) {
	t.Helper()
	for _, file := range e.needs {
		if found, err := filepath.Glob(file); err != nil || len(found) == 0 {
			t.Fatalf("%s is not here; run: %s", file, e.install)
		}
	}
}

// start starts the application that the page describes and returns its
// address.
func (e *emitter) start(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	blocks := codeBlocks(t, e.page)
	for _, name := range e.files {
		code, ok := blocks[name]
		if !ok {
			t.Fatalf("docs/emit/%s has no code named %s", e.page, name)
		}
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(code), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if e.around != "" {
		if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata/emit", e.around))); err != nil {
			t.Fatal(err)
		}
	}
	modules, err := filepath.Abs(expressDir + "/node_modules")
	if err != nil {
		t.Fatal(err)
	}
	address := freeAddress(t)
	_, port, _ := net.SplitHostPort(address)
	run := func(args []string) (*exec.Cmd, *lockedBuffer) {
		printed := new(lockedBuffer)
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Dir, cmd.Stdout, cmd.Stderr = dir, printed, printed
		cmd.Env = append(os.Environ(), "PORT="+port, "NODE_PATH="+modules, "PYTHONDONTWRITEBYTECODE=1", "RAILS_ENV=production", "GOFLAGS=")
		return cmd, printed
	}
	if e.build != nil {
		if cmd, printed := run(e.build); cmd.Run() != nil {
			t.Fatalf("%v: %s", e.build, printed)
		}
	}
	command := slices.Clone(e.command)
	for i := range command {
		command[i] = strings.ReplaceAll(command[i], "$PORT", port)
	}
	cmd, printed := run(command)
	if err := cmd.Start(); err != nil {
		t.Fatalf("%v: %v; install it: %s", command, err, e.install)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-ended
		if t.Failed() {
			t.Logf("%s printed:\n%s", e.name, printed)
		}
	})
	eventually(t, e.name+" listens", func() bool {
		conn, err := net.DialTimeout("tcp", address, time.Second)
		if err == nil {
			conn.Close()
			return true
		}
		select {
		case <-ended:
			t.Fatalf("%s ended", e.name)
		default:
		}
		return false
	})
	return address
}

// fence finds the blocks of code that have a file's name beside the language.
var fence = regexp.MustCompile("(?ms)^```[a-z]+ (\\S+)\n(.*?)^```$")

func codeBlocks(t *testing.T, page string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../docs/emit", page))
	if err != nil {
		t.Fatal(err)
	}
	blocks := map[string]string{}
	for _, block := range fence.FindAllStringSubmatch(string(text), -1) {
		blocks[block[1]] = block[2]
	}
	return blocks
}

// The code of every page is run, or the page says that it is not.
func TestEmitterPages(t *testing.T) {
	run := map[string]bool{}
	for _, e := range emitters {
		for _, name := range e.files {
			run[e.page+" "+name] = true
		}
	}
	pages, err := filepath.Glob("../docs/emit/*.md")
	if err != nil || len(pages) < 8 {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(page)
		blocks := codeBlocks(t, name)
		for block := range blocks {
			if !run[name+" "+block] {
				t.Errorf("%s: %s is not run", name, block)
			}
		}
		if code := strings.Count(string(text), "\n```") / 2; code > len(blocks) && !strings.Contains(string(text), "is not run by the tests") {
			t.Errorf("%s has code that is not run, and does not say so", name)
		}
	}
}
