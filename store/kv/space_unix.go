//go:build unix

package kv

import (
	"io/fs"
	"syscall"

	"golang.org/x/sys/unix"
)

// FreeBytes is what an unprivileged process may still write under dir.
func FreeBytes(dir string) (uint64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return 0, err
	}
	return uint64(st.Bavail) * uint64(st.Bsize), nil
}

// allocated is what a file takes on the disk: Badger's files have holes.
func allocated(info fs.FileInfo) int64 {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return st.Blocks * 512
	}
	return info.Size()
}
