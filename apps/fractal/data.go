package fractal

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/rserpool-go/rserpool/apps/appmsg"
)

// Data brings the values of points: from a start position to the right, then from the left end of
// the next row. Without points it is the finalizer, or has no meaning.
type Data struct {
	StartX, StartY uint32
	// Points are at most [MaxPoints] values: the number of iterations before the point left
	// the bounds.
	Points []uint32
}

// MaxPoints is the maximum number of points in a message.
const MaxPoints = 324

const (
	dataLen      = 16
	dataPointsAt = 12

	// finalPosition is the position in both directions of the finalizer.
	finalPosition = math.MaxUint32
)

// Finalizer returns the message after the last point of a picture.
func Finalizer() *Data { return &Data{StartX: finalPosition, StartY: finalPosition} }

// Final reports whether the message is the finalizer.
func (d *Data) Final() bool {
	return d.StartX == finalPosition && d.StartY == finalPosition && len(d.Points) == 0
}

// Type returns [TypeData].
func (*Data) Type() Type { return TypeData }

func (*Data) isMessage() {}

// AppendBinary appends the encoded message. It fails with [appmsg.ErrRange].
func (d *Data) AppendBinary(b []byte) ([]byte, error) {
	if len(d.Points) > MaxPoints {
		return nil, fmt.Errorf("%d points: %w", len(d.Points), appmsg.ErrRange)
	}
	start := len(b)
	b = appmsg.Begin(b, uint8(TypeData), 0)
	b = binary.BigEndian.AppendUint32(b, d.StartX)
	b = binary.BigEndian.AppendUint32(b, d.StartY)
	b = binary.BigEndian.AppendUint32(b, uint32(len(d.Points)))
	for _, v := range d.Points {
		b = binary.BigEndian.AppendUint32(b, v)
	}
	return appmsg.End(b, start)
}

func parseData(h appmsg.Header, b []byte) (*Data, error) {
	if err := h.Need(dataLen); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(b[dataPointsAt:])
	if n > MaxPoints {
		return nil, appmsg.Fail(dataPointsAt, appmsg.ErrBadValue)
	}
	if err := h.Need(dataLen + 4*int(n)); err != nil {
		return nil, err
	}
	d := &Data{StartX: binary.BigEndian.Uint32(b[4:]), StartY: binary.BigEndian.Uint32(b[8:])}
	if n > 0 {
		d.Points = make([]uint32, n)
	}
	for i := range d.Points {
		d.Points[i] = binary.BigEndian.Uint32(b[dataLen+4*i:])
	}
	return d, nil
}
