// Package recent is a map of bounded size.
package recent

// Map is a map that forgets. An entry is found in young, or in old, from where it moves to
// young. When young is full it becomes old, and the former old is forgotten. So a Map has at
// most twice as many entries as its limit.
type Map[K comparable, V any] struct {
	limit      int
	young, old map[K]V
}

// New returns a map of which each half has at most limit entries.
func New[K comparable, V any](limit int) Map[K, V] {
	return Map[K, V]{limit: limit, young: make(map[K]V)}
}

// Get returns the value of a key, and keeps the entry from being forgotten soon.
func (m *Map[K, V]) Get(k K) (V, bool) {
	if v, ok := m.young[k]; ok {
		return v, true
	}
	v, ok := m.old[k]
	if ok {
		delete(m.old, k)
		m.Put(k, v)
	}
	return v, ok
}

// Put sets the value of a key.
func (m *Map[K, V]) Put(k K, v V) {
	if len(m.young) >= m.limit {
		m.old, m.young = m.young, make(map[K]V)
	}
	m.young[k] = v
}

// Len returns the number of entries. An entry that is in both halves counts twice.
func (m *Map[K, V]) Len() int { return len(m.young) + len(m.old) }
