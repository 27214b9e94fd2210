// Package transporttest checks an implementation of package transport against
// its contract. An implementation's test calls [Test] with two hosts that can
// reach each other. Tests with endpoints at given ports get these by [FreePort].
package transporttest
