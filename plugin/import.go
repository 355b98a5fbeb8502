package plugin

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/gatebook/gatebook/plugin/console/problem"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/service"
	"github.com/gatebook/gatebook/store/serverlog"
)

// The command `import` reads past logs and sends them here: the server never opens
// a file that a client names. Only the admin endpoint takes imports, so that no
// console can write into the server log.

// Paths of imports below an instance's. An import ends with sealRoute.
const (
	importRoute = "import"
	sealRoute   = importRoute + "/seal"
)

// maxImportBody is the size limit of a chunk. The command sends chunks of about
// 4 MiB; texts that are no UTF-8 can take three times as much.
const maxImportBody = 32 << 20

// serveImport serves the paths of imports.
func (a *App) serveImport(w http.ResponseWriter, r *http.Request, in *instance, path string) {
	err := a.importing(w, r, in, path)
	if err == nil || errors.Is(r.Context().Err(), context.Canceled) {
		return
	}
	// Only operators have the token, and they may see what is wrong.
	answer := problem.New(http.StatusInternalServerError, "The import failed: "+err.Error()+".")
	if param, ok := errors.AsType[*record.ParamError](err); ok {
		answer = problem.New(http.StatusBadRequest, param.Error())
		answer.Param = param.Param
	} else if refusal, ok := errors.AsType[*importRefusal](err); ok {
		answer = problem.New(refusal.status, refusal.Error())
	} else {
		a.log.Error("importing", zap.String("instance", in.name), zap.Error(err))
	}
	if err := problem.Write(w, answer); err != nil {
		a.log.Error("answering an import", zap.Error(err))
	}
}

// importRefusal is a mistake of the client, or a state that will pass.
type importRefusal struct {
	status int
	error
}

func (a *App) importing(w http.ResponseWriter, r *http.Request, in *instance, path string) error {
	// Caddy's admin endpoint has ten seconds to read a request; a machine that
	// is busy importing may need longer for a chunk.
	if err := http.NewResponseController(w).SetReadDeadline(time.Time{}); err != nil {
		return fmt.Errorf("lifting the time limit: %w", err)
	}
	allowed := []string{http.MethodPost}
	if path == importRoute {
		allowed = append(allowed, http.MethodGet)
	}
	if !slices.Contains(allowed, r.Method) {
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		return &importRefusal{http.StatusMethodNotAllowed, fmt.Errorf("%s is not answered here; use %s", r.Method, strings.Join(allowed, " or "))}
	}
	logs, err := in.logs()
	if err == nil {
		err = logs.CanImport()
	}
	if err != nil {
		return &importRefusal{http.StatusServiceUnavailable, fmt.Errorf("the server log is not open: %w", err)}
	}
	switch {
	case path == sealRoute:
		if _, err := importParams(r); err != nil {
			return err
		}
		if err := logs.SealImport(r.Context()); err != nil {
			return fmt.Errorf("sealing: %w", err)
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	case r.Method == http.MethodGet:
		return writeImported(w, r, logs)
	}
	return importChunk(w, r, logs)
}

// writeImported answers how much of an import is stored.
func writeImported(w http.ResponseWriter, r *http.Request, logs *service.Logs) error {
	c, err := importParams(r, "id")
	if err != nil {
		return err
	}
	stored, err := logs.Imported(r.Context(), c.ID)
	if err != nil {
		return err
	}
	return writeCheckpoint(w, stored)
}

// importChunk stores a chunk of an import, and answers when it is on the disk.
func importChunk(w http.ResponseWriter, r *http.Request, logs *service.Logs) error {
	c, err := importParams(r, "id", "from", "bytes", "sum")
	if err != nil {
		return err
	}
	if c.Requests, err = readChunk(w, r); err != nil {
		return err
	}
	for i := range c.Requests {
		if err := c.Requests[i].Check(); err != nil {
			return &importRefusal{http.StatusBadRequest, fmt.Errorf("request %d of the piece: %w", i+1, err)}
		}
		// Here and not when it is observed: others wait for that.
		Name(&c.Requests[i])
	}
	if err := logs.Import(r.Context(), c); errors.Is(err, serverlog.ErrImportGap) {
		return &importRefusal{http.StatusConflict, err}
	} else if err != nil {
		return err
	}
	return writeCheckpoint(w, c.End)
}

// readChunk reads the requests of a chunk, whose texts are parts of its body.
func readChunk(w http.ResponseWriter, r *http.Request) ([]record.Request, error) {
	tooLarge := &importRefusal{http.StatusRequestEntityTooLarge, fmt.Errorf("a piece has at most %d requests and %d MiB", serverlog.MaxImportChunk, maxImportBody>>20)}
	if r.ContentLength > maxImportBody {
		return nil, tooLarge
	}
	if kind := r.Header.Get("Content-Type"); kind != "application/octet-stream" {
		return nil, &importRefusal{http.StatusUnsupportedMediaType, fmt.Errorf("a piece is application/octet-stream, as the command import sends it, not %q", record.Cut(kind, 64))}
	}
	var body strings.Builder
	body.Grow(int(max(r.ContentLength, 0)))
	_, err := io.Copy(&body, http.MaxBytesReader(w, r.Body, maxImportBody))
	if _, over := errors.AsType[*http.MaxBytesError](err); over {
		return nil, tooLarge
	}
	if err != nil {
		return nil, &importRefusal{http.StatusBadRequest, fmt.Errorf("reading the piece: %w", err)}
	}
	requests, err := serverlog.ReadRequests(body.String())
	if err != nil {
		return nil, &importRefusal{http.StatusBadRequest, fmt.Errorf("the piece holds something else than requests: %w", err)}
	}
	if len(requests) > serverlog.MaxImportChunk {
		return nil, tooLarge
	}
	return requests, nil
}

func writeCheckpoint(w http.ResponseWriter, c serverlog.ImportCheckpoint) error {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	return json.NewEncoder(w).Encode(service.NewCheckpoint(c))
}

// importParams reads the parameters of a request about imports. It refuses all but
// the wanted ones, and wants each of them once.
func importParams(r *http.Request, wanted ...string) (c service.ImportChunk, err error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return c, record.Invalid("query", "", record.InvalidEncoding, err.Error())
	}
	for name := range values {
		if !slices.Contains(wanted, name) {
			return c, record.Invalid(name, "", record.UnknownParam, strings.Join(wanted, ", "))
		}
	}
	read := map[string]func(string) record.Code{
		"id":    func(s string) record.Code { return readImportID(s, &c.ID) },
		"from":  func(s string) record.Code { return readCount(s, &c.From) },
		"bytes": func(s string) record.Code { return readCount(s, &c.End.Bytes) },
		"sum":   func(s string) record.Code { return readSum(s, &c.End.Sum) },
	}
	for _, name := range wanted {
		if len(values[name]) != 1 {
			return c, record.Invalid(name, "", record.NotGivenOnce)
		}
		if code := read[name](values.Get(name)); code != "" {
			return c, record.Invalid(name, values.Get(name), code)
		}
	}
	if c.End.Bytes < c.From {
		return c, record.Invalid("bytes", values.Get("bytes"), record.LessThanFrom)
	}
	return c, nil
}

// readImportID accepts ids that keys of the store can hold and a log can show.
func readImportID(s string, into *string) record.Code {
	const longest = 128
	visible := !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
	if s == "" || len(s) > longest || !visible {
		return record.NotImportID
	}
	*into = s
	return ""
}

func readSum(s string, into *[32]byte) record.Code {
	sum, err := hex.DecodeString(s)
	if err != nil || len(sum) != len(into) {
		return record.NotSHA256
	}
	copy(into[:], sum)
	return ""
}

func readCount(s string, into *int64) record.Code {
	n, err := strconv.ParseUint(s, 10, 63)
	if err != nil {
		return record.NotCount
	}
	*into = int64(n)
	return ""
}
