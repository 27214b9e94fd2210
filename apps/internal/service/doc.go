// Package service holds the services of rspserver.
package service
