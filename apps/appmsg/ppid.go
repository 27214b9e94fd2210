package appmsg

// Payload protocol identifiers of the services without messages of their own (IANA). RSPLIB does
// not use them: Echo answers with the identifier of the request, which is 0 from its client.
// Daytime and CharGen send 0.
const (
	PPIDEcho    = 38
	PPIDDiscard = 39
	PPIDDaytime = 40
	PPIDCharGen = 41
)
