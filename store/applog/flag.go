package applog

import (
	"fmt"
	"slices"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/record"
	"github.com/gatebook/gatebook/store/applog/codec"
)

func readFlag(txn *badger.Txn, id string) (f record.Flag, known bool, err error) {
	known, err = codec.GetJSON(txn, codec.FlagKey(codec.KeyFlag, id), &f)
	if err != nil {
		err = fmt.Errorf("reading flag %s: %w", record.Cut(id, 64), err)
	}
	return f, known, err
}

func readEvidence(txn *badger.Txn, id string) (list []record.Evidence, err error) {
	if _, err = codec.GetJSON(txn, codec.FlagKey(codec.KeyEvidence, id), &list); err != nil {
		err = fmt.Errorf("reading the evidence of flag %s: %w", record.Cut(id, 64), err)
	}
	return list, err
}

// latest are the last n different values.
func latest(list []uint64, n int) []uint64 {
	slices.Sort(list)
	list = slices.Compact(list)
	return list[max(0, len(list)-n):]
}

// putFlags stores flags and returns how many of them are new.
func (c *rewrite) putFlags(flags []record.Flag) (added int, err error) {
	for _, f := range flags {
		old, known, err := readFlag(c.txn, f.ID)
		if err != nil {
			return added, err
		}
		if known {
			f.LoginSeqs = latest(append(old.LoginSeqs, f.LoginSeqs...), maxFlagLogins)
		} else {
			added++
		}
		if err := c.putEvidence(f.ID, f.Evidence); err != nil {
			return added, err
		}
		f.Evidence = nil
		if err := codec.SetJSON(c.txn, codec.FlagKey(codec.KeyFlag, f.ID), f); err != nil {
			return added, err
		}
	}
	return added, nil
}

func (c *rewrite) putEvidence(id string, more []record.Evidence) error {
	if len(more) == 0 {
		return nil
	}
	list, err := readEvidence(c.txn, id)
	if err != nil {
		return err
	}
	before := list
	for i := range more {
		r := &more[i]
		again := slices.ContainsFunc(before, func(b record.Evidence) bool {
			return b.Time.Equal(r.Time) && b.Method == r.Method && b.Path == r.Path && b.Query == r.Query
		})
		if !again && len(list) < maxFlagEvidence {
			list = append(list, *r)
		}
	}
	return codec.SetJSON(c.txn, codec.FlagKey(codec.KeyEvidence, id), list)
}

const (
	// maxFlags bounds how many are kept: an attack from everywhere must not fill
	// the disk.
	maxFlags = 20_000
	// maxFlagEvidence is how many requests prove a flag.
	maxFlagEvidence = 20
	// maxFlagLogins is how many login events of its address a flag names.
	maxFlagLogins = 50
)
