package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/gatebook/gatebook/store/kv"
)

// format is the version of the whole directory. A change that this package
// could not read before raises it; docs/format.md describes it. Since 2 the newest
// events are in a journal, where an older version would not look for them.
const format = 2

// MarkerName is the file by which an instance's directory is known.
const MarkerName = "gatebook.json"

// marker identifies a directory, so that nothing else is taken for a store or
// overwritten by one.
type marker struct {
	Format   int       `json:"format"`
	Instance string    `json:"instance,omitempty"`
	Created  time.Time `json:"created"`
}

// harmless are the names that a directory may hold before there is a marker:
// what an Open that was killed leaves behind, and what mkfs makes.
var harmless = map[string]bool{lockName: true, MarkerName + ".tmp": true, "lost+found": true}

// readMarker returns nil when dir is missing or empty. Errors wrap one of
// those for opening and end in what to do.
func readMarker(dir, instance string) (*marker, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if info, statErr := os.Stat(dir); statErr == nil && !info.IsDir() {
		return nil, fmt.Errorf("%w: it is a file; choose another path", ErrForeign)
	}
	if err != nil {
		return nil, accessError(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, MarkerName))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, checkEmpty(entries)
	case err != nil:
		return nil, accessError(err)
	}
	m := new(marker)
	if err := json.Unmarshal(data, m); err != nil || m.Format < 1 {
		return nil, fmt.Errorf("%w: its %s is damaged; restore that file, or choose an empty directory", ErrForeign, MarkerName)
	}
	if m.Format > format {
		return nil, fmt.Errorf("%w: it has format %d and this is for format %d; use the newer Gatebook, or choose an empty directory", ErrNewer, m.Format, format)
	}
	if m.Instance != "" && instance != "" && m.Instance != instance {
		return nil, fmt.Errorf("%w: it holds %q, not %q; name that instance, or choose an empty directory", ErrOtherInstance, m.Instance, instance)
	}
	return m, nil
}

func checkEmpty(entries []fs.DirEntry) error {
	for _, e := range entries {
		if !harmless[e.Name()] {
			return fmt.Errorf("%w: it holds %q but no %s; choose an empty directory, or put that file back if it was lost", ErrForeign, e.Name(), MarkerName)
		}
	}
	return nil
}

// accessError adds the remedy to what the system says.
func accessError(err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("%w; give the directory to the user that runs Gatebook", err)
	}
	return err
}

// takeOver raises the format of a directory of an older version, so that this version
// does not open it again. The directory is used even if that fails, as on a full disk:
// the next start tries again.
func (m *marker) takeOver(dir string, log *slog.Logger) {
	if m.Format == format {
		return
	}
	m.Format = format
	if err := m.write(dir); err != nil {
		log.Warn("the directory is not marked as one of this version; do not open it with an older Gatebook", "directory", dir, "error", err)
		return
	}
	log.Info("the directory was taken over from an older version, which cannot open it any more", "directory", dir, "format", format)
}

// write puts the marker into dir so that a crash leaves all of it or nothing.
func (m *marker) write(dir string) error {
	data, err := json.Marshal(m)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, MarkerName)
	if err := kv.WriteSynced(path+".tmp", append(data, '\n')); err != nil {
		return err
	}
	if err := os.Rename(path+".tmp", path); err != nil {
		return err
	}
	return kv.SyncDir(dir)
}
