package wire

import (
	"fmt"

	"github.com/rserpool-go/rserpool/wire/internal/tlv"
)

// CauseCode is the code of an error cause (RFC 5354, 3.12).
type CauseCode uint16

// The cause codes of RFC 5354, 5.2.
const (
	CauseUnspecified             CauseCode = 0x0000
	CauseUnrecognizedParameter   CauseCode = 0x0001
	CauseUnrecognizedMessage     CauseCode = 0x0002
	CauseInvalidValues           CauseCode = 0x0003
	CauseNonUniquePEID           CauseCode = 0x0004
	CauseInconsistentPolicy      CauseCode = 0x0005
	CauseLackOfResources         CauseCode = 0x0006
	CauseInconsistentTransport   CauseCode = 0x0007
	CauseInconsistentDataControl CauseCode = 0x0008
	CauseUnknownPoolHandle       CauseCode = 0x0009
	CauseRejectedSecurity        CauseCode = 0x000a
)

// Private codes that RSPLIB sends.
const (
	CauseReferenceInvalidMessage CauseCode = 0x0010
	CauseReferenceInvalidValue   CauseCode = 0x0011
	CauseReferenceWrongProtocol  CauseCode = 0x100a
	CauseReferenceUnknownPolicy  CauseCode = 0x100b
	CauseReferenceInvalidID      CauseCode = 0xf000
	CauseReferenceInvalidPolicy  CauseCode = 0xf003
	CauseReferenceInvalidHandle  CauseCode = 0xf004
	CauseReferenceBadTransport   CauseCode = 0xf005
	CauseReferenceBadASAPAddress CauseCode = 0xf006
	CauseReferenceNoASAPAddress  CauseCode = 0xf007
	CauseReferenceNoUserAddress  CauseCode = 0xf008
)

var causeNames = map[CauseCode]string{
	CauseUnspecified:             "unspecified error",
	CauseUnrecognizedParameter:   "unrecognized parameter",
	CauseUnrecognizedMessage:     "unrecognized message",
	CauseInvalidValues:           "invalid values",
	CauseNonUniquePEID:           "non-unique PE identifier",
	CauseInconsistentPolicy:      "inconsistent pool policy",
	CauseLackOfResources:         "lack of resources",
	CauseInconsistentTransport:   "inconsistent transport type",
	CauseInconsistentDataControl: "inconsistent data/control configuration",
	CauseUnknownPoolHandle:       "unknown pool handle",
	CauseRejectedSecurity:        "rejected due to security considerations",
	CauseReferenceInvalidMessage: "invalid message",
	CauseReferenceInvalidValue:   "invalid value",
	CauseReferenceWrongProtocol:  "wrong transport protocol",
	CauseReferenceUnknownPolicy:  "unsupported policy",
	CauseReferenceInvalidID:      "invalid PE identifier",
	CauseReferenceInvalidPolicy:  "invalid policy",
	CauseReferenceInvalidHandle:  "invalid pool handle",
	CauseReferenceBadTransport:   "unusable user transport",
	CauseReferenceBadASAPAddress: "unusable ASAP transport",
	CauseReferenceNoASAPAddress:  "no usable ASAP address",
	CauseReferenceNoUserAddress:  "no usable user address",
}

// String returns the cause in words, or its number.
func (c CauseCode) String() string {
	if s, ok := causeNames[c]; ok {
		return s
	}
	return fmt.Sprintf("CauseCode(0x%04x)", uint16(c))
}

// ErrorCause is a cause in an Operation Error parameter (RFC 5354, 3.12).
type ErrorCause struct {
	Code CauseCode
	// Info is the cause-specific information:
	//   - for [CauseUnrecognizedParameter], [CauseUnrecognizedMessage] and
	//     [CauseInvalidValues] the parameter or message that the cause complains of;
	//   - for [CauseInconsistentPolicy] and [CauseInconsistentTransport] the pool's own
	//     parameter, which RSPLIB leaves out;
	//   - for all further codes nothing.
	Info []byte
}

// String returns the code in words.
func (c ErrorCause) String() string { return c.Code.String() }

const (
	causeHeaderLen = tlv.HeaderLen
	// maxInfo is the length, with padding, that the information of a cause may have
	// which stands alone in ENRP_ERROR, the longer of the error messages.
	maxInfo = 0xffff&^3 - (MessageHeaderLen + 8 + tlv.HeaderLen + causeHeaderLen)
)

// AppendOperationError appends an Operation Error parameter with the causes. It fails with
// [ErrRange] without causes, and with [ErrTooLong].
func AppendOperationError(b []byte, causes []ErrorCause) ([]byte, error) {
	if len(causes) == 0 {
		return nil, outOfRange(ParamOperationError, "no cause")
	}
	start := len(b)
	b = tlv.Begin(b, uint16(ParamOperationError))
	pad := 0
	for _, c := range causes {
		// A cause has the form of a parameter, with the code for its type.
		var err error
		if b, err = (RawParam{Type: ParamType(c.Code), Value: c.Info}).AppendBinary(b); err != nil {
			return nil, fmt.Errorf("wire: cause %v: %w", c.Code, ErrTooLong)
		}
		pad = padding(len(c.Info))
	}
	return endParam(b, start, ParamOperationError, pad)
}

// ParseOperationError decodes an Operation Error parameter, which has at least one cause.
func ParseOperationError(p RawParam) ([]ErrorCause, error) {
	n := 0
	for w := p.Walk(0); w.Next(); {
		n++
	}
	causes := make([]ErrorCause, 0, n)
	w := p.Walk(0)
	for w.Next() {
		causes = append(causes, ErrorCause{Code: CauseCode(w.Param.Type), Info: clone(w.Param.Value)})
	}
	if err := w.Err(); err != nil {
		return nil, err
	}
	if len(causes) == 0 {
		return nil, p.Fail(0, ErrBadLength)
	}
	return causes, nil
}
