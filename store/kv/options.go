package kv

import (
	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
)

// memTableSize bounds a transaction to 15 % of it (614 KiB, some 6,500 keys)
// and is the unit in which Badger holds memory.
const memTableSize = 4 << 20

// MaxValue is the largest value that the option sets below keep in the LSM
// tree. Badger panics or refuses when it exceeds 15 % of memTableSize.
const MaxValue = memTableSize * 14 / 100

// sidecarOptions fit a database beside another program: some 20 MiB of memory
// at the most, none of it given to caches that the page cache can replace.
//
// Values stay in the LSM tree: what is deleted from the value log never leaves
// the disk, what is deleted from the tree leaves with the next Flatten.
//
// Badger writes through memory maps, and a page that the disk cannot back
// kills the process (badger #1682). What it may still write by itself after
// the last check of free space has to fit in Options.MinFree (64 MiB):
//   - flushing three memtables of 4 MiB: 12 MiB;
//   - one compaction of level 0, eight tables of 4 MiB and a base level of
//     10 MiB: 42 MiB, or one further down, a table of 1 MiB and ten that it
//     overlaps: 11 MiB. TableSizeMultiplier is 1 so that deeper levels do not
//     cost more.
//
// A compaction holds twice the size of a table for each of a dozen that it may be
// writing at a time, and three may go on at once, so tables are small.
func sidecarOptions(dir string) badger.Options {
	opts := badger.DefaultOptions(dir).
		WithMemTableSize(memTableSize).
		WithNumMemtables(2).
		WithNumLevelZeroTables(4).
		WithNumLevelZeroTablesStall(8).
		WithBaseTableSize(1 << 20).
		WithNumCompactors(2). // one is an error, none never compacts
		WithCompactL0OnClose(false).
		WithValueThreshold(MaxValue).
		WithValueLogFileSize(1 << 20). // stays empty, and is mapped at twice this size
		WithNumVersionsToKeep(1).
		WithCompression(options.None). // with any other, a block cache of 0 panics
		WithBlockCacheSize(0).
		WithMetricsEnabled(false) // expvar would keep every directory ever opened
	opts.TableSizeMultiplier = 1
	return opts
}

// TimedSync returns the options of a database that its owner syncs: compressed
// blocks, written by one goroutine that syncs once a second.
//
// Its tables are smaller, because a table of large values takes three times its size
// while it is written, and 3 MiB for its index.
func TimedSync(dir string) badger.Options {
	return sidecarOptions(dir).
		WithBaseTableSize(256 << 10).
		WithSyncWrites(false).
		WithDetectConflicts(false)
}

// Derived returns the options of a database that one goroutine fills from a journal
// and syncs with [SyncDatabase] before it trims the journal: small entries and their
// indexes. Its many small keys make table indexes worth bounding.
func Derived(dir string) badger.Options {
	return sidecarOptions(dir).
		WithSyncWrites(false).
		WithDetectConflicts(false).
		WithIndexCacheSize(4 << 20)
}
