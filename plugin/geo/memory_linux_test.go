package geo

import (
	"bytes"
	"errors"
	"runtime"
	"syscall"
	"testing"
)

// What a reload replaced goes back to the system: the kernel refuses
// advice about memory that is no longer mapped.
func TestMemoryIsFreed(t *testing.T) {
	for name, file := range makers {
		t.Run(name, func(t *testing.T) {
			path := temp(t, "x.mmdb", pad(t, file(t, germany())))
			data, info, err := read(path)
			if err != nil {
				t.Fatal(err)
			}
			r, err := parse(data)
			if err != nil {
				t.Fatal(err)
			}
			if byType := r.typed != nil; byType != (name == "by type") {
				t.Fatalf("read by type: %v", byType)
			}
			db := &DB{sources: []*source{{path: path, reader: r, seen: info}}}
			db.publish()
			runtime.GC()
			if got := lookup(db, somewhere); got != inGermany || !mapped(data) {
				t.Fatalf("Lookup = %+v, memory in use is mapped: %v", got, mapped(data))
			}
			replace(t, path, file(t, france()))
			mustReload(t, db, true)
			eventually(t, "the replaced file's memory is freed", func() bool {
				runtime.GC()
				return !mapped(data)
			})
			if got := lookup(db, somewhere); got != inFrance {
				t.Errorf("Lookup = %+v", got)
			}
		})
	}
}

func mapped(m memory) bool {
	return !errors.Is(syscall.Madvise(m.bytes, syscall.MADV_NORMAL), syscall.ENOMEM)
}

// pad makes a file so large that no other mapping fits where it was.
func pad(t *testing.T, data []byte) []byte {
	t.Helper()
	end := bytes.LastIndex(data, []byte("\xab\xcd\xefMaxMind.com"))
	if end < 0 {
		t.Fatal("no metadata")
	}
	padded := append([]byte(nil), data[:end]...)
	padded = append(padded, make([]byte, 32<<20)...)
	return append(padded, data[end:]...)
}
