// Package stage has the hosts and the processes of "make attack": two network namespaces that are joined by a cable, a
// registrar with three servers on one of them, and their memory.
package stage
