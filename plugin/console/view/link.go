package view

// Link is a link with its text. Current says that it leads to the page itself.
type Link struct {
	Text, Href string
	Current    bool
}
