package plugin

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gatebook/gatebook/record"
)

func personInstance(t *testing.T, events ...record.Event) *instance {
	t.Helper()
	in := start(t, keeping(filepath.Join(t.TempDir(), "acme"), 30))
	log, err := in.ref.Logs().AppLog()
	if err == nil {
		err = log.Append(context.Background(), events...)
	}
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// What is printed on a terminal steers it no more than any other export does.
func TestExportOfAPersonIsHarmlessOnATerminal(t *testing.T) {
	in := personInstance(t, record.Event{ID: "a", Category: "user", Text: "\u009b31m \u202e <b>", Initiator: &record.Initiator{ID: "u_17", Name: "A\u2066"}})
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(`{"id":"u_17"}`))
	if err := in.servePersonExport(w, r); err != nil {
		t.Fatal(err)
	}
	got := w.Body.String()
	if strings.ContainsAny(got, "\u009b\u202e\u2066") || !strings.Contains(got, `\u009b31m \u202e`) || strings.Count(got, "\n") != 1 {
		t.Errorf("%q", got)
	}
}

// brokenAfter fails after some writes, as a connection does.
type brokenAfter struct {
	*httptest.ResponseRecorder
	writes int
}

func (w *brokenAfter) Write(p []byte) (int, error) {
	if w.writes--; w.writes < 0 {
		return 0, errors.New("broken")
	}
	return w.ResponseRecorder.Write(p)
}

// Half an export does not end as if it were all, with an error that looks like one
// more entry.
func TestHalfAnExportOfAPersonBreaksOff(t *testing.T) {
	who := &record.Initiator{ID: "u_17"}
	in := personInstance(t, record.Event{ID: "a", Time: time.Now(), Category: "user", Text: "a", Initiator: who},
		record.Event{ID: "b", Time: time.Now(), Category: "user", Text: "b", Initiator: who})
	defer func() {
		got := recover()
		if err, ok := got.(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
			t.Errorf("it ended with %v", got)
		}
	}()
	w := &brokenAfter{httptest.NewRecorder(), 1}
	err := in.servePersonExport(w, httptest.NewRequest(http.MethodPost, "/", strings.NewReader(`{"id":"u_17"}`)))
	t.Errorf("it answered %v", err)
}
