package plugin

import (
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/gatebook/gatebook/plugin/console"
	"github.com/gatebook/gatebook/record"
	"go.uber.org/zap"
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

func (in *instance) status() InstanceStatus {
	return InstanceStatus{in.name, in.Health().State, in.Location().String()}
}

var jobs = map[string]job{
	"retention/run": {http.MethodPost, []string{"dry_run"}, (*instance).runRetention},
	"person/erase":  {http.MethodPost, nil, (*instance).erasePerson},
	"check":         {http.MethodGet, nil, (*instance).check},
}

func (a *App) authorized(r *http.Request) bool {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return a.token != "" && strings.EqualFold(scheme, "Bearer") && subtle.ConstantTimeCompare([]byte(token), []byte(a.token)) == 1
}

// Interface guards
var _ caddy.AdminRouter = (*Admin)(nil)
