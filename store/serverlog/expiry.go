package serverlog

import (
	"time"
)

// Expiry says which requests have expired; a zero time sets no limit.
type Expiry struct {
	// DeleteBefore is the time before which requests are deleted.
	DeleteBefore time.Time
	// ShortenBefore is the time before which addresses keep /24 (IPv4) or /48
	// (IPv6) only.
	ShortenBefore time.Time
	// DryRun only counts.
	DryRun bool
}

// Retained is what [Log.Retain] did.
type Retained struct {
	Deleted   uint64 `json:"deleted"`
	Shortened uint64 `json:"shortened"`
	// BytesBefore and BytesAfter are what the log took on the disk.
	BytesBefore int64 `json:"bytes_before"`
	BytesAfter  int64 `json:"bytes_after"`
}
