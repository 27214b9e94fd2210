package sim

import (
	"errors"
	"log/slog"

	"github.com/rserpool-go/rserpool/asap/machine"
	"github.com/rserpool-go/rserpool/enrp"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// announce sends a message from an endpoint to the group of elements and users.
func (w *World) announce(from *endpoint, m step.Message) {
	if w.config.StaticRegistrars {
		return
	}
	_, parsed, ok := transcode(from, m, asapmsg.Parse)
	if !ok {
		return
	}
	ev := machine.Heard{Source: from.addr, Message: parsed}
	var members []*host
	for _, h := range w.hosts {
		if h.onAnnounce != nil {
			members = append(members, h)
		}
	}
	w.multicast(from.host, members, func(to *host) { to.onAnnounce(ev) })
}

// sendPresence sends a message from an endpoint to the group of registrars.
func (w *World) sendPresence(from *endpoint, m step.Message) {
	if w.config.StaticPeers || w.config.ChainedPeers {
		return
	}
	octets, parsed, ok := transcode(from, m, enrpmsg.Parse)
	if !ok {
		return
	}
	from.sent.add(octets)
	ev := enrp.Heard{Source: from.addr, Message: parsed}
	var members []*host
	for _, h := range w.hosts {
		if h.onPresence != nil {
			members = append(members, h)
		}
	}
	w.multicast(from.host, members, func(to *host) { to.onPresence(ev) })
}

// transcode encodes and decodes a message. A message that does not survive is a violation.
func transcode[M slog.LogValuer](from *endpoint, m step.Message, parse func([]byte) (M, error)) (octets int, parsed M, ok bool) {
	data, err := m.AppendBinary(nil)
	parsed, parseErr := parse(data)
	if err = errors.Join(err, parseErr); err != nil {
		from.w.violate("%s: a multicast cannot be sent: %v", from.host.name, err)
	}
	return len(data), parsed, err == nil
}
