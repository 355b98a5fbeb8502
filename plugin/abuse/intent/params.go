package intent

// prose are parameters in which people write what they look for or want to say. No
// program takes a file's name or a command from them.
var prose = set(
	"q s k w query search searchterm search_query searchquery search_term term terms text keyword keywords keys key",
	"find phrase needle filter jql cql lookup question body content message comment description title subject summary note notes",
)

// isProse reports whether people write into a parameter.
func isProse(name string) bool {
	var b [16]byte
	return prose[string(lowered(&b, name))]
}

// files are parameters that name a file or a page.
var files = set(
	"page file filename filepath path fullpath filepath folder dir directory root doc document docs pdf template tpl theme layout style skin",
	"include inc require load read view show display content module mod conf config cfg lang language locale log download dl attachment image img pic",
	"src source data xml url uri target pg p action cat site report name f fn fname i l",
	"basepath abspath absolute_path rootpath root_path dirname base_dir include_path includefile incfile pagename pageid section func function cmd",
)

// isFile reports whether a parameter names a file.
func isFile(name string) bool {
	var b [16]byte
	return files[string(lowered(&b, name))]
}
