package applog

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/store/applog/codec"
)

// Settings that are kept beside the entries.
const (
	settingCompaction = "owed"     // removed bytes may be on the disk
	settingRun        = "retained" // the last run of the retention
	settingPolicy     = "policy"
	settingLedger     = "ledger" // the state of the ledger that has been applied
)

// setting is the value of a setting; nil if there is none.
func (a *Log) setting(name string) (value []byte, err error) {
	err = a.view(func(txn *badger.Txn) error {
		item, err := txn.Get(codec.SettingKey(name))
		if err != nil {
			return err
		}
		value, err = item.ValueCopy([]byte{})
		return err
	})
	if errors.Is(err, badger.ErrKeyNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the setting %s: %w", name, err)
	}
	return bytes.Clone(value), nil
}
