package asapmsg

import (
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/internal/logattr"
	"github.com/rserpool-go/rserpool/wire/internal/params"
	"github.com/rserpool-go/rserpool/wire/logkey"
)

// appendElement appends a message without flags that names an element.
func appendElement(b []byte, t Type, pool wire.PoolHandle, id wire.PEID, causes []wire.ErrorCause, unknown []wire.RawParam) ([]byte, error) {
	w := params.Begin(b, uint8(t), 0)
	w.Put(pool.AppendBinary(w.B))
	w.Put(id.AppendBinary(w.B))
	w.Causes(causes)
	w.Unknown(unknown)
	return w.End()
}

// parseElement decodes the body of a message that names an element, and no more.
func parseElement(body []byte, pool *wire.PoolHandle, id *wire.PEID, unknown *[]wire.RawParam) error {
	var r params.Reader
	for r.Begin(body, wire.MessageHeaderLen); r.Next(); {
		switch {
		case r.Once(wire.ParamPoolHandle):
			*pool, r.Err = wire.ParsePoolHandle(r.Param)
		case r.Once(wire.ParamPEIdentifier):
			*id, r.Err = wire.ParsePEID(r.Param)
		default:
			*unknown = r.Retain(*unknown)
		}
	}
	return r.End(wire.ParamPoolHandle, wire.ParamPEIdentifier)
}

// logElement returns the attributes of a message that names an element.
func logElement(t Type, pool wire.PoolHandle, id wire.PEID) logattr.Attrs {
	a := logattr.Of(t)
	a.Add(logkey.Pool, pool)
	a.Add(logkey.PEID, id)
	return a
}
