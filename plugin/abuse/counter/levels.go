package counter

import (
	"encoding/binary"
	"math"
)

// levels are the usual requests a second by hour of the day (UTC).
type levels struct {
	// hours are averages over about levelDays days, 0 for hours that are unknown.
	hours [24]float32
	// hour is the present hour since 1970, sum and seconds those of it so far.
	hour         int64
	sum, seconds float64
	// changed means that it is to be stored.
	changed bool
}

const (
	levelDays = 7
	// leastSeconds is how much of an hour has to be seen to learn from it.
	leastSeconds = 300
	hourSeconds  = 3600
)

// add adds gap seconds in which a level held.
func (l *levels) add(second int64, level float64, gap int64) {
	if hour := second / hourSeconds; hour != l.hour {
		l.end()
		l.hour = hour
	}
	seconds := float64(min(gap, hourSeconds))
	l.sum += level * seconds
	l.seconds += seconds
}

// end learns from the hour that is over.
func (l *levels) end() {
	if l.seconds >= leastSeconds {
		at, level := &l.hours[l.hour%24], float32(l.sum/l.seconds)
		if *at == 0 {
			*at = level
		} else {
			*at += (level - *at) / levelDays
		}
		l.changed = true
	}
	l.sum, l.seconds = 0, 0
}

// at returns the level of the hour of a second or, in the last ten minutes of an hour,
// that of the next hour if that is more.
func (l *levels) at(second int64) float64 {
	hour := second / hourSeconds
	level := l.hours[hour%24]
	if second%hourSeconds >= hourSeconds-600 {
		level = max(level, l.hours[(hour+1)%24])
	}
	return float64(level)
}

// known reports whether any hour is known.
func (l *levels) known() bool { return l.hours != [24]float32{} }

// restore sets the hours that are unknown.
func (l *levels) restore(hours [24]float32) {
	for i, level := range hours {
		if l.hours[i] == 0 {
			l.hours[i] = level
		}
	}
}

// levelsVersion is the first byte of an encoding, levelsSize its length.
const (
	levelsVersion = 1
	levelsSize    = 1 + 4*25
)

// encode returns the hours and the usual latency.
func (l *levels) encode(usual float64) []byte {
	b := append(make([]byte, 0, levelsSize), levelsVersion)
	for _, level := range l.hours {
		b = binary.BigEndian.AppendUint32(b, math.Float32bits(level))
	}
	return binary.BigEndian.AppendUint32(b, math.Float32bits(float32(usual)))
}

func decodeLevels(b []byte) (hours [24]float32, usual float64, ok bool) {
	if len(b) != levelsSize || b[0] != levelsVersion {
		return hours, 0, false
	}
	var values [25]float32
	for i := range values {
		v := math.Float32frombits(binary.BigEndian.Uint32(b[1+4*i:]))
		if !(v >= 0 && v < 1e9) { // also if it is no number
			return hours, 0, false
		}
		values[i] = v
	}
	return [24]float32(values[:24]), float64(values[24]), true
}
