package detection

import (
	"context"
	"log/slog"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gatebook/gatebook/plugin/abuse"
	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/applog"
)

// Detection runs the abuse detector of an instance. All configurations of the
// instance share it, as they share its logs, so a reload loses no ban and no count.
type Detection struct {
	options Options
	// active is nil until the first call of Configure.
	active atomic.Pointer[Detector]
	// mu is held while active is replaced, and while something is changed in it
	// that must not be lost then.
	mu sync.Mutex
	// storing is held while flags go from the detector to the log, so that an older
	// state never overwrites a newer one.
	storing sync.Mutex
	// unsaved is what was learned and is not stored yet. It is guarded by storing, and
	// bounded by what a detector can learn.
	unsaved []record.Learned
	// failing says that the last attempt to store failed.
	failing atomic.Bool
	logins  recentLogins
	claims  crawlerClaims
	// changed has a value when there is something to store.
	changed chan struct{}
	stop    context.CancelFunc
	ended   chan struct{}
}

// Options are what a Detection needs from outside. All but Locate and Emit are
// required.
type Options struct {
	Instance string
	Log      *slog.Logger
	// AppLog returns the application log, which has the flags, or the reason why it
	// is not open.
	AppLog func() (*applog.Log, error)
	// Locate returns the country and the network of an address, as far as known.
	Locate func(netip.Addr) (country string, asn uint32)
	// Emit emits an event. No lock of the Detection is held meanwhile.
	Emit func(event string, data map[string]any)
}

// Settings are what a configuration says about detection.
type Settings struct {
	// Config configures the detector; Configure sets its Seed and Verify.
	Config abuse.Config
	// Abort says that a banned client gets no response.
	Abort bool
	// Cookie is the application's session cookie.
	Cookie SessionCookie
}

// Detector is a detector and the settings that it was made from.
type Detector struct {
	*abuse.Detector
	Settings
}

// Admit asks the detector whether a request may pass.
func (d *Detector) Admit(c abuse.Client, origin Origin) abuse.Verdict {
	if origin == FromProxy {
		c.Addr = netip.Addr{}
	}
	now := time.Now()
	d.Detector.Arrived(c.Addr, now)
	return d.Detector.Admit(c, now)
}

// Active returns the detector in use, nil before the first call of Configure.
func (d *Detection) Active() *Detector { return d.active.Load() }

// Changed says that the detector has something to store: flags, or known addresses.
// It never blocks.
func (d *Detection) Changed() {
	select {
	case d.changed <- struct{}{}:
	default:
	}
}
