package plugin

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/gatebook/gatebook/plugin/console/problem"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/serverlog"
)

// What follows takes past logs from the command `import`, which reads them: the
// server never opens a file that a client names. It is part of the admin
// endpoint alone, so that no console can write into the server log.

// importRoute is the path of imports below an instance's, and its part for the
// end of one.
const (
	importRoute = "import"
	sealRoute   = importRoute + "/seal"
)

// maxImportBody bounds one piece of an import. The command sends pieces of some
// 4 MiB; texts that are no UTF-8 can make three times as much of them.
const maxImportBody = 32 << 20

// ImportMark is how much of an import is stored, as the admin endpoint tells it.
type ImportMark struct {
	// Bytes of the imported file, uncompressed.
	Bytes int64 `json:"bytes"`
	// Sum is the SHA-256 of those bytes in hexadecimal digits, "" of none.
	Sum string `json:"sum"`
}

// Name names browser and system of a request that is imported, unless it came
// with names. It takes the time that it needs.
func Name(r *record.Request) {
	if !named(r) {
		r.Browser, r.OS = agents.Name(r.UserAgent)
	}
}

func named(r *record.Request) bool { return r.Browser != "" || r.OS != "" }

// serveImport answers what is asked below an instance's import path.
func (a *App) serveImport(w http.ResponseWriter, r *http.Request, in *instance, path string) {
	err := a.importing(w, r, in, path)
	if err == nil || errors.Is(r.Context().Err(), context.Canceled) {
		return
	}
	// Who has the token is an operator, and may know what is to be mended.
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

// importRefusal is an error of who imports, or a state that will pass.
type importRefusal struct {
	status int
	error
}

func (a *App) importing(w http.ResponseWriter, r *http.Request, in *instance, path string) error {
	// Caddy's admin endpoint has ten seconds to read a request; a machine that
	// is busy importing may need longer for a piece.
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
	log, err := in.requests()
	if err != nil {
		return &importRefusal{http.StatusServiceUnavailable, fmt.Errorf("the server log is not open: %w", err)}
	}
	switch {
	case path == sealRoute:
		if _, err := importParams(r); err != nil {
			return err
		}
		if err := log.Seal(r.Context()); err != nil {
			return fmt.Errorf("sealing: %w", err)
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	case r.Method == http.MethodGet:
		return tellImport(w, r, log)
	}
	return takePiece(w, r, log)
}

// tellImport says how much of an import is stored.
func tellImport(w http.ResponseWriter, r *http.Request, log *serverlog.Log) error {
	p, err := importParams(r, "id")
	if err != nil {
		return err
	}
	mark, err := log.Imported(r.Context(), p.id)
	if err != nil {
		return err
	}
	return writeMark(w, mark)
}

// takePiece stores a piece of an import, and answers when it is on the disk.
func takePiece(w http.ResponseWriter, r *http.Request, log *serverlog.Log) error {
	p, err := importParams(r, "id", "from", "bytes", "sum")
	if err != nil {
		return err
	}
	requests, err := readPiece(w, r)
	if err != nil {
		return err
	}
	for i := range requests {
		if err := requests[i].Check(); err != nil {
			return &importRefusal{http.StatusBadRequest, fmt.Errorf("request %d of the piece: %w", i+1, err)}
		}
		// Here and not when it is observed: others wait for that.
		Name(&requests[i])
	}
	if err := log.Import(r.Context(), p.id, p.from, p.end, requests); errors.Is(err, serverlog.ErrImportGap) {
		return &importRefusal{http.StatusConflict, err}
	} else if err != nil {
		return err
	}
	return writeMark(w, p.end)
}

// readPiece reads the requests of a piece, whose texts are parts of its body.
func readPiece(w http.ResponseWriter, r *http.Request) ([]record.Request, error) {
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

func writeMark(w http.ResponseWriter, mark serverlog.ImportCheckpoint) error {
	told := ImportMark{Bytes: mark.Bytes}
	if mark.Bytes > 0 {
		told.Sum = hex.EncodeToString(mark.Sum[:])
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	return json.NewEncoder(w).Encode(told)
}
