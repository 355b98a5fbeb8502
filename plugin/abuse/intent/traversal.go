package intent

import "bytes"

// beyond are further places that attacks aim at, behind dot segments only: at the root
// they may be the site's own.
var beyond = []string{
	"/bin/sh", "/bin/bash", "/bin/cat", "/bin/id", "/usr/bin/", "/usr/local/etc/", "/root/.ssh/", "/root/.bash_history", "/root/.aws/",
	"/var/log/", "/var/mail/", "/var/lib/mysql/", "/system.ini", "/cmd.exe", "/windows/", "/web-inf/", "/.ssh/id_rsa", "/.aws/credentials", "/.env", "/wp-config.php",
}

// outside are the places outside of a document root: those of the list, which count
// without dot segments as well, come first.
var outside = append(lines("outside"), beyond...)

// absolutes is the number of places that count without dot segments.
var absolutes = len(outside) - len(beyond)

// traversal finds paths to places outside, and dot segments that were escaped so that
// nobody resolves them in time.
func traversal(f *finder, v *value) (what string, weak, found bool) {
	if v.in == inPath {
		return f.pathTraversal(v)
	}
	return f.paramTraversal(v)
}

func (f *finder) pathTraversal(v *value) (what string, weak, found bool) {
	f.name.resolve(v.text)
	segments, drive := withoutDrive(f.name.segments[:f.name.depth])
	if place, absolute := placeOutside(segments); place != "" && (f.name.left || drive && absolute) {
		return place, false, true
	}
	if v.has&dots == 0 {
		return "", false, false
	}
	up := climbs(v.text)
	if up == 0 || up <= plainClimbs(v.raw) {
		return "", false, false
	}
	return "dot segments", !f.name.left, true
}

// withoutDrive returns the segments behind a drive.
func withoutDrive(segments [][]byte) (rest [][]byte, drive bool) {
	if len(segments) > 0 && len(segments[0]) == 2 && segments[0][1] == ':' {
		return segments[1:], true
	}
	return segments, false
}

// placeOutside returns the place outside that segments lead to, and whether it counts
// without dot segments.
func placeOutside(segments [][]byte) (place string, absolute bool) {
	for i, place := range outside {
		if leadsTo(segments, place) {
			return place, i < absolutes
		}
	}
	return "", false
}

// leadsTo reports whether segments are a place, or below one that ends in a slash.
func leadsTo(segments [][]byte, place string) bool {
	for i, s := range segments {
		place = place[1:]
		if len(place) < len(s) || place[:len(s)] != string(s) {
			return false
		}
		switch place = place[len(s):]; {
		case place == "":
			return i == len(segments)-1
		case place == "/":
			return true
		case place[0] != '/':
			return false
		}
	}
	return false
}

// climbs counts the dot segments of a decoded path, with backslashes and with what
// Tomcat cuts off behind a semicolon.
func climbs(text []byte) (n int) {
	for len(text) > 0 {
		end := 0
		for end < len(text) && text[end] != '/' && text[end] != '\\' {
			end++
		}
		segment := text[:end]
		if i := bytes.IndexByte(segment, ';'); i >= 0 {
			segment = segment[:i]
		}
		if i := bytes.IndexByte(segment, 0); i >= 0 {
			segment = segment[:i]
		}
		if string(segment) == ".." {
			n++
		}
		if end == len(text) {
			break
		}
		text = text[end+1:]
	}
	return n
}

// plainClimbs counts the dot segments of a path as written.
func plainClimbs(raw string) (n int) {
	for start := 0; start < len(raw); {
		end := start
		for end < len(raw) && raw[end] != '/' {
			end++
		}
		if raw[start:end] == ".." {
			n++
		}
		start = end + 1
	}
	return n
}

// escapes finds dot segments that leave the root on the way to a place outside.
func escapes(f *finder, v *value) (what string, weak, found bool) {
	if v.in == inPath {
		f.name.resolve(v.text)
		if !f.name.left {
			return "", false, false
		}
		segments, _ := withoutDrive(f.name.segments[:f.name.depth])
		place, _ := placeOutside(segments)
		return place, false, place != ""
	}
	if isProse(v.name) || climbs(v.text) < 2 || v.text[0] != '.' && v.text[0] != '/' && v.text[0] != '\\' && !isFile(v.name) {
		return "", false, false
	}
	f.name.resolve(v.text)
	segments, _ := withoutDrive(f.name.segments[:f.name.depth])
	place, _ := placeOutside(segments)
	return place, false, place != "" && f.name.left
}

func (f *finder) paramTraversal(v *value) (what string, weak, found bool) {
	text := v.text
	weak = isProse(v.name)
	if hasPrefix(text, "file:///") || hasPrefix(text, "file:/") {
		text = text[len("file:"):]
	} else if !isFile(v.name) && v.has&dots == 0 {
		return "", false, false
	}
	f.name.resolve(text)
	segments, drive := withoutDrive(f.name.segments[:f.name.depth])
	up := climbs(text)
	if len(text) > 0 && (text[0] == '/' || text[0] == '\\' || drive || f.name.left) {
		if place, absolute := placeOutside(segments); place != "" && (up > 0 || absolute) {
			return place, weak, true
		}
	}
	switch {
	case contains(text, "....//") && contains(text, "etc/passwd"):
		return "....//", weak, true
	case up == 0:
		return "", false, false
	case v.has&escape != 0 && doubled(v.raw):
		return "dot segments", weak, true
	case f.name.left && up > 2:
		return "dot segments", true, true
	}
	return "", false, false
}

// doubled reports whether escapes were escaped.
func doubled(raw string) bool {
	for i := 0; i+4 < len(raw); i++ {
		if raw[i] == '%' && raw[i+1] == '2' && raw[i+2] == '5' && hexDigit[raw[i+3]] < 16 && hexDigit[raw[i+4]] < 16 {
			return true
		}
	}
	return false
}
