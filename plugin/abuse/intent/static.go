package intent

import (
	"bytes"
	"strings"
)

var assets = set(
	".js .mjs .cjs .css .map .less .scss",
	".png .jpg .jpeg .jpe .jfif .gif .ico .svg .svgz .webp .avif .bmp .tif .tiff .apng .cur .heic .jxl",
	".woff .woff2 .ttf .otf .eot",
	".mp3 .mp4 .m4a .m4v .m4s .mov .avi .mkv .ogg .oga .ogv .opus .wav .weba .webm .flac .aac .wma .wmv .m3u8 .mpd .ts .vtt .srt",
	".pbf .mvt .terrain .b3dm .glb .gltf .ktx2",
	".wasm .webmanifest .swf",
)

// Static reports whether a path is that of an asset: a picture, style, script, font,
// map tile or piece of media. A missing one is a fault of the page, not of whoever
// asked for it.
func Static(path string) bool {
	path = clip(path, maxPath)
	if oddlySpelled(path) {
		return staticResolved(path)
	}
	name := path[strings.LastIndexByte(path, '/')+1:]
	var lower [16]byte
	ending := lowered(&lower, name[max(strings.LastIndexByte(name, '.'), 0):])
	return assets[string(ending)] && !belowScript(path[:len(path)-len(name)])
}

// oddlySpelled reports whether a server may take a path for another one than it is as
// written.
func oddlySpelled(path string) bool {
	for i := range len(path) {
		switch path[i] {
		case '%', ';', '\\', '?', '#', 0:
			return true
		case '/':
			if i > 0 && (path[i-1] == '.' || path[i-1] <= ' ') {
				return true
			}
		}
	}
	return false
}

// staticResolved is [Static] of a path as servers resolve it.
func staticResolved(path string) bool {
	f := finders.Get().(*finder)
	defer finders.Put(f)
	f.buf, _ = appendDecoded(f.buf[:0], path, false)
	if n := len(f.buf); n == 0 || f.buf[n-1] == '/' || f.buf[n-1] == '\\' {
		return false
	}
	f.name.resolve(f.buf)
	last := f.name.last
	if f.name.script > 0 || len(last) == 0 {
		return false
	}
	return assets[string(last[max(bytes.LastIndexByte(last, '.'), 0):])]
}

// belowScript reports whether a folder is a script, which decides about what follows.
func belowScript(folder string) bool {
	for {
		name, rest, more := strings.Cut(folder, "/")
		if !more {
			return false
		}
		var b [16]byte
		if i := strings.LastIndexByte(name, '.'); i > 0 && isScript(lowered(&b, name[i-1:])) {
			return true
		}
		folder = rest
	}
}
