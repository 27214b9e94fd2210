package memnet

// pop removes and returns the first element of a queue, which must not be empty.
func pop[T any](queue *[]T) T {
	var none T
	first := (*queue)[0]
	(*queue)[0] = none
	*queue = (*queue)[1:]
	return first
}
