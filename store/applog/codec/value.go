package codec

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"github.com/gatebook/gatebook/store/kv"
)

// Get reads a value of the given size that starts with the version; nil means
// that there is none.
func Get(txn *badger.Txn, key []byte, size int) ([]byte, error) {
	value, err := getAny(txn, key)
	if err == nil && value != nil && len(value) != size {
		return nil, fmt.Errorf("reading %q: %w", key, ErrTruncated)
	}
	return value, err
}

// getAny reads a value that starts with the version; nil means that there is none.
func getAny(txn *badger.Txn, key []byte) ([]byte, error) {
	item, err := txn.Get(key)
	if errors.Is(err, badger.ErrKeyNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading %q: %w", key, err)
	}
	value, err := item.ValueCopy(nil)
	switch {
	case err != nil:
		return nil, fmt.Errorf("reading %q: %w", key, err)
	case len(value) == 0:
		return nil, fmt.Errorf("reading %q: %w", key, ErrTruncated)
	case value[0] != Version:
		return nil, fmt.Errorf("reading %q: format %d: %w", key, value[0], kv.ErrNewer)
	}
	return value, nil
}

// SetJSON writes a value as JSON after the version.
func SetJSON(txn *badger.Txn, key []byte, value any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return txn.Set(key, append([]byte{Version}, data...))
}

// GetJSON reports whether there is a value.
func GetJSON(txn *badger.Txn, key []byte, into any) (bool, error) {
	item, err := txn.Get(key)
	if errors.Is(err, badger.ErrKeyNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, item.Value(func(v []byte) error { return DecodeJSON(v, into) })
}

// DecodeJSON reads a value that SetJSON wrote.
func DecodeJSON(v []byte, into any) error {
	switch {
	case len(v) == 0:
		return ErrTruncated
	case v[0] != Version:
		return fmt.Errorf("format %d: %w", v[0], kv.ErrNewer)
	}
	return json.Unmarshal(v[1:], into)
}
