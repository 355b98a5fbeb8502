package locale

import "testing"

func TestVolume(t *testing.T) {
	for in, want := range map[int64]string{
		0: "0 B", 999: "999 B", 1000: "1.0 kB", 5120: "5.1 kB", 9949: "9.9 kB", 9950: "10 kB", 639_400: "639 kB", 999_499: "999 kB",
		999_500: "1.0 MB", 12_345_678: "12 MB", 1 << 40: "1.1 TB", 1 << 62: "4,611,686 TB",
	} {
		if got := English.Volume(in); got != want {
			t.Errorf("volume(%d) = %q, want %q", in, got, want)
		}
	}
}
