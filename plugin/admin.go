package plugin

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
	"go.uber.org/zap"

	"github.com/gatebook/gatebook/plugin/console"
	"github.com/gatebook/gatebook/record"
)

func init() {
	caddy.RegisterModule(&Admin{})
}

// AdminPath is where the admin endpoint has Gatebook's part.
const AdminPath = "/gatebook/"

// Admin is Gatebook's part of Caddy's admin endpoint, for the commands. That
// endpoint lets in every local process, the fronted application included, so
// that everything but the status asks for the token in `admin.token`.
type Admin struct{}

// Status is what the admin endpoint tells without a token: enough to find the
// token's file, and nothing that was recorded.
type Status struct {
	DataDir   string           `json:"data_dir"`
	TokenFile string           `json:"token_file"`
	Instances []InstanceStatus `json:"instances"`
}

// InstanceStatus is one instance in a Status.
type InstanceStatus struct {
	Name     string       `json:"name"`
	State    record.State `json:"state"`
	Timezone string       `json:"timezone"`
}

// CaddyModule returns the Caddy module information.
func (*Admin) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "admin.api.gatebook",
		New: func() caddy.Module { return new(Admin) },
	}
}

// Routes are the routes of the admin endpoint.
func (a *Admin) Routes() []caddy.AdminRoute {
	return []caddy.AdminRoute{{Pattern: AdminPath, Handler: caddy.AdminHandlerFunc(a.serve)}}
}

func (a *Admin) serve(w http.ResponseWriter, r *http.Request) error {
	app := running.Load()
	if app == nil {
		return caddy.APIError{HTTPStatus: http.StatusNotFound, Err: errors.New("no running configuration uses gatebook")}
	}
	path := strings.TrimPrefix(r.URL.Path, AdminPath)
	if path == "" {
		return app.serveStatus(w, r)
	}
	if !app.authorized(r) {
		w.Header().Set("WWW-Authenticate", `Bearer realm="gatebook"`)
		return caddy.APIError{HTTPStatus: http.StatusUnauthorized, Err: errors.New("send the token from the file that " + AdminPath + " names, as Authorization: Bearer <token>")}
	}
	name, path, _ := strings.Cut(path, "/")
	in, err := app.instance(name)
	if err != nil || name == "" {
		return caddy.APIError{HTTPStatus: http.StatusNotFound, Err: err}
	}
	if path == importRoute || path == sealRoute {
		app.serveImport(w, r, in, path)
		return nil
	}
	if path == "person/export" {
		return in.servePersonExport(w, r)
	}
	if j, there := jobs[path]; there {
		return in.serveJob(w, r, j)
	}
	shown := &console.Console{
		Source: in,
		Roles:  []console.Role{console.RoleApplication, console.RoleSecurity},
		Base:   AdminPath + name + "/",
		Now:    time.Now,
		Report: func(err error) { app.log.Error("serving the admin endpoint", zap.Error(err)) },

		Operator: true,
	}
	shown.ServeAPI(w, r, path)
	return nil
}

func (a *App) serveStatus(w http.ResponseWriter, r *http.Request) error {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return caddy.APIError{HTTPStatus: http.StatusMethodNotAllowed, Err: fmt.Errorf("%s is not answered here; use GET", r.Method)}
	}
	status := Status{DataDir: a.DataDir, TokenFile: tokenFile(a.DataDir), Instances: []InstanceStatus{}}
	for _, name := range slices.Sorted(maps.Keys(a.instances)) {
		status.Instances = append(status.Instances, a.instances[name].status())
	}
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(status)
}

func (a *App) authorized(r *http.Request) bool {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return a.token != "" && strings.EqualFold(scheme, "Bearer") && subtle.ConstantTimeCompare([]byte(token), []byte(a.token)) == 1
}

func (in *instance) status() InstanceStatus {
	return InstanceStatus{in.name, in.Health().State, in.Location().String()}
}

// AdminSocket is where the commands look for the admin endpoint of a server
// that keeps its logs in dataDir. As a socket that only its owner can use it is
// closed to the fronted application, which runs as somebody else. It is "" where
// the path is too long for a socket.
func AdminSocket(dataDir string) string {
	const longest = 100 // of the 104 to 108 bytes that systems allow
	path, err := filepath.Abs(filepath.Join(dataDir, "admin.sock"))
	if err != nil || len(path) > longest {
		return ""
	}
	return "unix/" + path + "|0600"
}

func tokenFile(dataDir string) string { return filepath.Join(dataDir, "admin.token") }

// adminToken reads the token, making it at the first start. Its file must be
// readable by its owner alone.
func adminToken(dataDir string) (string, error) {
	path := tokenFile(dataDir)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return makeToken(path)
	}
	if err != nil {
		return "", fmt.Errorf("reading the admin token: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("%s can be read by others (mode %o), who could then read the logs; delete it, and a new one is made at the next start", path, info.Mode().Perm())
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("reading the admin token: %w", err)
	}
	token := strings.TrimSpace(string(data))
	if len(token) < 20 {
		return "", fmt.Errorf("%s holds no token; delete it, and a new one is made at the next start", path)
	}
	return token, nil
}

// makeToken lets one of several processes that start at once make the token.
func makeToken(path string) (string, error) {
	token := rand.Text()
	tmp, err := os.CreateTemp(filepath.Dir(path), ".admin.token-")
	if err != nil {
		return "", fmt.Errorf("making the admin token: %w", err)
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.WriteString(token + "\n")
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return "", fmt.Errorf("writing the admin token: %w", err)
	}
	if err := os.Link(tmp.Name(), path); errors.Is(err, fs.ErrExist) {
		return adminToken(filepath.Dir(path))
	} else if err != nil {
		return "", fmt.Errorf("putting the admin token in place: %w", err)
	}
	return token, nil
}

// Interface guards
var _ caddy.AdminRouter = (*Admin)(nil)
