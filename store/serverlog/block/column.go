package block

// column names one column; the numbers are part of the format.
type column uint8

// Columns with a dictionary.
const (
	address column = iota
	method
	host
	path
	queryString
	proto
	agent // user agent, browser and system in one
	referer
	user
	network // country, number and name of the network in one
	requestID
	verdict
	status
	failure

	dictionaries // how many there are
)

// Columns of numbers.
const (
	bytesOut column = dictionaries + iota
	bytesIn
	duration
	aborted

	columns // how many columns there are
)

const numbers = int(columns - dictionaries)

// noContext means that a column is not predicted by another one.
const noContext = columns

// contextOf names the column that predicts a column: the same context mostly
// comes with the same value as when it was last seen. An address keeps its user
// agent, a path its size.
var contextOf = [columns]column{
	address: noContext, method: noContext, host: address, path: noContext, queryString: noContext,
	proto: agent, agent: address, referer: address, user: address, network: address,
	requestID: noContext, verdict: noContext, status: noContext, failure: noContext,
	bytesOut: path, bytesIn: path, duration: noContext, aborted: noContext,
}

// Limits of one block.
const (
	// MaxRows is how many requests a block holds at the most, so that 16 bits
	// number the texts of a dictionary.
	MaxRows = 1 << 16
	// maxText bounds the texts of one dictionary before compression, so that a
	// forged block cannot fill the memory.
	maxText = 16 << 20
)
