package locale

// Volume writes a number of bytes in decimal units.
func (l *Locale) Volume(n int64) string {
	if n < 1000 {
		return l.Translate("%d B", n)
	}
	size, unit := float64(n)/1000, 0
	for size >= 999.5 && unit < len(volumeUnits)-1 {
		size, unit = size/1000, unit+1
	}
	if size < 9.95 {
		return l.Translate("%.1f %s", size, volumeUnits[unit])
	}
	return l.Translate("%.0f %s", size, volumeUnits[unit])
}

var volumeUnits = []string{"kB", "MB", "GB", "TB"}
