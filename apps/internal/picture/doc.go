// Package picture is the model of a fractal on its way from pool elements to a viewer: the split into
// tiles with a session each, the points that have arrived, and the elements that serve the sessions.
// A [Picture] tells its changes to an [Observer], which shows or saves the picture. The model knows
// neither sessions nor outputs.
package picture
