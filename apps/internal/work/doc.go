// Package work runs work packages of the Scripting Service: it unpacks them into a folder of their
// own, runs their program with limits and without privileges, and ends all its processes.
//
// The uploader of a package is not trusted. Archives are unpacked by the package itself, names stay
// inside the folder ([os.Root]), and no value reaches a shell. Programs run on Linux only.
package work
