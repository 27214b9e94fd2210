// Package calc has both sides of the CalcApp protocol as machines without input or output: [Element]
// is the pool element, which shares its capacity among the jobs of all sessions, and [User] is the
// pool user's side of a single job. [Arrivals] draws the jobs of a user. Package apps/calcapp has
// the messages.
package calc
