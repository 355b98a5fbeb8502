// Command compare measures what Gatebook costs beside its peers, and prints a
// table for each question: what a request costs, what a record takes on the
// disk and to take in, how long questions take, and what stays in memory.
//
// Machines differ: what is compared is measured in turn, within one run, and
// given as CPU time of the process that does the work, which other processes
// disturb less than the time on the wall. Beside each figure stands the bar.
//
//	go run ./bench/compare [-records 1000000] [-quick] [-only request,disk]
//
// What Gatebook does runs in processes of their own, which are this program
// again; see child.go.
package main
