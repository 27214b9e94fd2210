// Package transporttest checks an implementation of package transport against its
// contract. The test of an implementation calls [Test] with two hosts that can reach each
// other. A test that needs a given port gets the port from [FreePort].
package transporttest
