// Package meaning compares messages of ASAP and ENRP by their meaning: types, flags, causes,
// policies and elements. Times, addresses and the order of parameters do not count.
package meaning
