package console

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gatebook/gatebook/record"
)

// postUndo takes decisions back, each if nobody has decided about the same flag
// since.
func (c *Console) postUndo(w http.ResponseWriter, r *http.Request) error {
	form, err := readForm(w, r)
	if err != nil {
		return err
	}
	tokens := compactForm(form["undo"])
	if len(tokens) > mostDecided {
		return &statusError{status: http.StatusBadRequest, detail: phrase("The form cannot be read.")}
	}
	var made []record.Deciding
	defer func() { c.traceDecisions(r.Context(), made, len(tokens)) }()
	for _, token := range tokens {
		flag, err := c.undoOf(r.Context(), token)
		if err != nil {
			return fmt.Errorf("taking a decision back: %w", err)
		}
		if flag == nil {
			continue
		}
		before := c.before(flag)
		if _, err := c.decide(r.Context(), before); err != nil {
			return fmt.Errorf("taking a decision back: %w", err)
		}
		made = append(made, before)
	}
	what := doneMeanwhile
	n := len(made)
	if n > 0 {
		what = doneUndone
	}
	seeOther(w, withDone(c.backTo(form.Get("back")), what, n, nil))
	return nil
}

// before is the decision that takes back a flag's last one: the one that held
// before it, for what is left of its time, or else none.
func (c *Console) before(flag *record.FlagCase) record.Deciding {
	earlier := flag.Decisions[:len(flag.Decisions)-1]
	for i := len(earlier) - 1; i >= 0; i-- {
		d := earlier[i]
		switch {
		case d.Decision == record.DecideConfirm:
			continue
		case !lasts(d.Decision), !d.Until.IsZero() && !c.now().Before(d.Until):
			return record.Deciding{Subject: flag.Subject, Decision: record.DecideClear}
		}
		back := record.Deciding{Subject: flag.Subject, Decision: d.Decision}
		if !d.Until.IsZero() {
			back.For = d.Until.Sub(c.now()).Round(time.Second)
			back.For = max(back.For, time.Second)
		}
		return back
	}
	return record.Deciding{Subject: flag.Subject, Decision: record.DecideClear}
}

// undoToken names a flag and the moment of its last decision.
func undoToken(id string, at time.Time) string {
	return id + "~" + strconv.FormatInt(at.UnixMicro(), 36)
}

func cutToken(token string) (id string, at int64, ok bool) {
	i := strings.LastIndexByte(token, '~')
	if i <= 0 {
		return "", 0, false
	}
	at, err := strconv.ParseInt(token[i+1:], 36, 64)
	return token[:i], at, err == nil
}
