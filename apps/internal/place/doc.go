// Package place has places of the fractals that are worth a picture: parameter files in the form of
// FractGen (XMLFractalSave), which RSPLIB's fractalpooluser reads as well, and 20 places of our own.
package place
