package kv

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gatebook/gatebook/record"
)

// ErrDamaged says that Badger failed on damaged data.
var ErrDamaged = errors.New("the database is damaged")

// RecoverDamage must be deferred. It turns a panic of Badger over a damaged file,
// which would end the process, into an error.
func RecoverDamage(err *error) {
	p := recover()
	if p == nil {
		return
	}
	// Badger's own reports begin with a heading and fill pages.
	reason := strings.TrimPrefix(strings.Join(strings.Fields(fmt.Sprint(p)), " "), "==== Recovered==== ")
	*err = fmt.Errorf("%w: %s; restart, and what can be read is put in order", ErrDamaged, record.Cut(reason, 120))
}
