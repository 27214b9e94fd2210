package udpsctp

import "time"

// spentMax bounds the local tags that an endpoint remembers after the end of associations.
const spentMax = 16384

// A spentCookies remembers the associations that have ended while their cookies are still
// fresh. Such a cookie must not open an association again: RFC 9260, 5.1.3, gives a cookie
// its age as the only protection, and anyone who has seen it can send it. All cookies with
// the local tag of an association count as its cookies.
type spentCookies struct {
	tags  map[uint32]bool
	queue []spentTag // In the order of the ends.

	// forgotten is the time until which cookies are no longer accepted, because tags of that
	// time had to be forgotten.
	forgotten time.Time
}

// A spentTag is the local tag of an association that came up at a time.
type spentTag struct {
	tag uint32
	up  time.Time
}

// add notes the end of an association that came up at a time.
func (s *spentCookies) add(tag uint32, up, now time.Time) {
	for len(s.queue) > 0 && (len(s.queue) >= spentMax || now.Sub(s.queue[0].up) > cookieLife) {
		s.removeFirst(now)
	}
	if now.Sub(up) > cookieLife {
		return
	}
	if s.tags == nil {
		s.tags = make(map[uint32]bool)
	}
	s.tags[tag] = true
	s.queue = append(s.queue, spentTag{tag, up})
}

// removeFirst forgets the tag that was added first. The cookies of a tag are older than its
// association.
func (s *spentCookies) removeFirst(now time.Time) {
	first := s.queue[0]
	delete(s.tags, first.tag)
	if s.queue = s.queue[1:]; len(s.queue) == 0 {
		s.queue, s.tags = nil, nil
	}
	if now.Sub(first.up) <= cookieLife && first.up.After(s.forgotten) {
		s.forgotten = first.up
	}
}

// has reports whether a fresh cookie may be that of an association that has ended. The time of a
// cookie is that of the system's clock, which may be set back. So the bound of the forgotten tags
// does not outlive their cookies.
func (s *spentCookies) has(c stateCookie, now time.Time) bool {
	return s.tags[c.localTag] || now.Sub(s.forgotten) <= cookieLife && !c.issued.After(s.forgotten)
}
