package calcapp

import "github.com/rserpool-go/rserpool/apps/appmsg"

// Cookie is the state of a job. Nothing in a cookie tells it from cookies of other services.
type Cookie struct {
	JobID uint32
	// JobSize is the size of the job in calculations.
	JobSize uint64
	// Completed is the number of completed calculations.
	Completed uint64
}

const cookieLen = 20

// AppendBinary appends the encoded cookie. It does not fail.
func (c *Cookie) AppendBinary(b []byte) ([]byte, error) {
	return appendJob(b, c.JobID, c.JobSize, c.Completed), nil
}

// ParseCookie decodes a cookie. Octets after the cookie are ignored, as in RSPLIB. It returns an
// *[appmsg.SyntaxError] if b is too short.
func ParseCookie(b []byte) (c Cookie, err error) {
	if len(b) < cookieLen {
		return c, appmsg.Fail(len(b), appmsg.ErrTruncated)
	}
	c.JobID, c.JobSize, c.Completed = parseJob(b)
	return c, nil
}
