// Package service holds the services that rspserver offers, one in a file, and what
// runs them.
package service
