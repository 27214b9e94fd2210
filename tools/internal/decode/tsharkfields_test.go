package decode_test

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/rserpool-go/rserpool/tools/internal/decode"
	"github.com/rserpool-go/rserpool/tools/internal/dissect"
	"github.com/rserpool-go/rserpool/wire"
)

// tsharkFields are the fields that are compared.
var tsharkFields = func() []string {
	var out []string
	for _, name := range []string{
		"message_type", "message_flags", "message_length", "pool_handle_pool_handle", "pe_identifier", "pe_checksum",
		"pool_element_pe_identifier", "pool_element_home_enrp_server_identifier", "pool_element_registration_life",
		"ipv4_address", "ipv6_address", "transport_use", "sctp_transport_port", "tcp_transport_port",
		"udp_transport_port", "udp_lite_transport_port", "dccp_transport_port", "dccp_transport_service_code",
		"pool_member_selection_policy_type", "pool_member_selection_policy_weight",
		"pool_member_selection_policy_priority", "pool_member_selection_policy_load",
		"pool_member_selection_policy_degradation", "pool_member_selection_policy_load_dpf",
		"pool_member_selection_policy_weight_dpf", "pool_member_selection_policy_distance",
		"pool_member_selection_policy_value", "cause_code",
	} {
		out = append(out, "asap."+name, "enrp."+name)
	}
	out = append(out, "asap.cookie", "asap.hropt_items", "asap.server_identifier",
		"enrp.server_information_server_identifier", "enrp.sender_servers_id", "enrp.receiver_servers_id",
		"enrp.target_servers_id", "enrp.update_action")
	for prefix, names := range appFields {
		for _, name := range names {
			out = append(out, prefix+"."+name)
		}
	}
	slices.Sort(out)
	return out
}()

// appFields maps our names to those of tshark, by its prefix. The numbers in our
// values are compared with those in the octets.
var appFields = map[string]map[string]string{
	"pingpongprotocol": {
		"type": "message_type", "flags": "message_flags", "length": "message_length",
		"ping/message_no": "ping_messageno", "ping/data": "ping_data",
		"pong/message_no": "pong_messageno", "pong/reply_no": "pong_replyno", "pong/data": "pong_data",
	},
	"fractalgeneratorprotocol": {
		"type": "message_type", "flags": "message_flags", "length": "message_length",
		"width": "parameter_width", "height": "parameter_height", "max_iterations": "parameter_maxiterations",
		"algorithm": "parameter_algorithmid", "c1_real": "parameter_c1real", "c1_imag": "parameter_c1imag",
		"c2_real": "parameter_c2real", "c2_imag": "parameter_c2imag", "n": "parameter_n",
		"start_x": "data_start_x", "start_y": "data_start_y", "points": "buffer",
	},
	"calcappprotocol": {
		"type": "message_type", "flags": "message_flags", "length": "message_length",
		"job_id": "message_jobid", "job_size": "message_jobsize", "completed": "message_completed",
	},
	"ssp": {
		"type": "message_type", "flags": "message_flags", "length": "message_length", "reason": "message_reason",
		"info": "message_info", "data": "message_data", "status": "message_status", "hash": "message_hash",
	},
	"componentstatusprotocol": {
		"type": "message_type", "length": "message_length", "version": "message_version",
		"sender_id": "message_sender_id", "uptime_ms": "message_sendertimestamp",
		"interval_ms": "componentstatusreport_reportinterval", "location": "componentstatusreport_location",
		"status": "componentstatusreport_status", "workload_percent": "componentstatusreport_workload",
		"receiver_id": "componentassociation_receiver_id", "duration_ms": "componentassociation_duration",
		"protocol": "componentassociation_protocolid", "ppid": "componentassociation_ppid",
	},
}

// collect adds what tshark ought to say about a message. Numbers and octets are taken
// from the message at the places that our fields have, so the places are tested too.
func (f fields) collect(r *decode.Record) {
	c := collector{fields: f, record: r}
	switch r.Protocol {
	case dissect.ASAP, dissect.ENRP:
		c.prefix = strings.ToLower(string(r.Protocol)) + "."
		c.add("message_type", fmt.Sprint(r.Octets[0]))
		c.add("message_flags", fmt.Sprintf("0x%02x", r.Octets[1]))
		c.add("message_length", fmt.Sprint(binary.BigEndian.Uint16(r.Octets[2:])))
		c.tree("", r.Fields())
	case dissect.PingPong:
		c.app("pingpongprotocol", r.Fields())
	case dissect.FGP:
		c.app("fractalgeneratorprotocol", r.Fields())
	case dissect.CalcApp:
		c.app("calcappprotocol", r.Fields())
	case dissect.SSP:
		c.app("ssp", r.Fields())
	case dissect.CSP:
		c.app("componentstatusprotocol", r.Fields())
	}
}

type collector struct {
	fields fields
	record *decode.Record
	prefix string
}

func (c *collector) add(name, value string) {
	c.fields[c.prefix+name] = append(c.fields[c.prefix+name], value)
}

// octets returns a field as it stands in the message.
func (c *collector) octets(f *dissect.Field) []byte {
	return c.record.Octets[f.Offset : f.Offset+f.Len]
}

// tree goes through the fields of ASAP and ENRP; parent is the name of what they are in.
func (c *collector) tree(parent string, t dissect.Tree) {
	if parent == "policy" {
		c.policy(t)
		return
	}
	for i := range t {
		f := &t[i]
		switch v := f.Value.(type) {
		case dissect.Tree:
			c.tree(f.Name, v)
		case dissect.List:
			for j := range v {
				if inner, ok := v[j].Value.(dissect.Tree); ok {
					c.tree(strings.TrimSuffix(f.Name, "s"), inner)
				} else {
					c.value(f.Name, &v[j], t)
				}
			}
		default:
			c.value(f.Name, f, t)
			if parent == "cause" && f.Name == "info" {
				c.nested(c.octets(f))
			}
		}
	}
}

// value adds a plain value; in is what it is in.
func (c *collector) value(name string, f *dissect.Field, in dissect.Tree) {
	value := fmt.Sprint(f.Value)
	inElement := in.Get("registration_life_ms") != nil
	switch {
	case name == "pool_handle":
		c.add("pool_handle_pool_handle", hex.EncodeToString(c.octets(f)[4:]))
	case name == "pe_id" && inElement:
		c.add("pool_element_pe_identifier", value)
	case name == "pe_id":
		c.add("pe_identifier", value)
	case name == "home_id":
		c.add("pool_element_home_enrp_server_identifier", value)
	case name == "registration_life_ms":
		c.add("pool_element_registration_life", value)
	case name == "pe_checksum":
		c.add("pe_checksum", value)
	case name == "items":
		c.add("hropt_items", value)
	case name == "server_id" && c.record.Protocol == dissect.ASAP:
		c.add("server_identifier", value)
	case name == "server_id":
		c.add("server_information_server_identifier", value)
	case name == "sender_id" || name == "receiver_id" || name == "target_id":
		c.add(strings.TrimSuffix(name, "_id")+"_servers_id", value)
	case name == "action":
		c.add("update_action", fmt.Sprint(binary.BigEndian.Uint16(c.octets(f))))
	case name == "code":
		c.add("cause_code", value)
	case name == "value" && in.Get("type") == nil:
		c.add("cookie", hex.EncodeToString(c.octets(f)))
	case name == "port":
		protocol := strings.ReplaceAll(strings.ToLower(fmt.Sprint(in.Get("protocol"))), "-", "_")
		c.add(protocol+"_transport_port", value)
	case name == "use":
		c.add("transport_use", fmt.Sprint(binary.BigEndian.Uint16(c.octets(f))))
	case name == "service_code":
		c.add("dccp_transport_service_code", fmt.Sprint(binary.BigEndian.Uint32(c.octets(f))))
	case name == "addresses" && strings.Contains(value, ":"):
		c.add("ipv6_address", value)
	case name == "addresses":
		c.add("ipv4_address", value)
	}
}

// nested adds what tshark shows of a parameter inside an error cause.
func (c *collector) nested(b []byte) {
	for p, err := range wire.Params(b) {
		if err == nil && p.Type == wire.ParamPEIdentifier {
			c.add("pe_identifier", fmt.Sprintf("0x%08x", binary.BigEndian.Uint32(p.Value)))
		}
	}
}

// policy adds the fields of a policy: those that tshark does not know as octets.
func (c *collector) policy(t dissect.Tree) {
	var typ wire.PolicyType
	var values []byte
	for i := range t {
		f := &t[i]
		switch {
		case f.Name == "type":
			typ = wire.PolicyType(binary.BigEndian.Uint32(c.octets(f)))
			c.add("pool_member_selection_policy_type", fmt.Sprintf("0x%08x", uint32(typ)))
		case !strings.HasSuffix(f.Name, "_percent"):
			values = append(values, c.octets(f)...)
		}
	}
	if slices.Contains(unknownToTshark, typ) {
		c.add("pool_member_selection_policy_value", hex.EncodeToString(values))
		return
	}
	for i := range t {
		f := &t[i]
		name := "pool_member_selection_policy_" + strings.TrimSuffix(f.Name, "_ms")
		switch v := f.Value.(type) {
		case uint64:
			fraction := float64(v) / wire.FullLoad
			switch f.Name {
			case "load", "degradation":
				c.add(name, fmt.Sprint(100*fraction))
			case "load_dpf", "weight_dpf":
				c.add(name, fmt.Sprint(fraction))
			default:
				c.add(name, fmt.Sprint(v))
			}
		}
	}
}

// unknownToTshark are policies of which tshark 4.0 shows the octets only.
var unknownToTshark = []wire.PolicyType{
	wire.RandomizedPriorityLeastUsed, wire.RandomizedLeastUsedDegradation, wire.PriorityLeastUsedDegradation, wire.RandomizedPriorityLeastUsedDegradation,
	wire.LeastUsedDegradationDPF,
}

// app adds the fields of the other protocols.
func (c *collector) app(prefix string, t dissect.Tree) {
	c.prefix = prefix + "."
	names := appFields[prefix]
	for i := range t {
		f := &t[i]
		name, ok := names[f.Name]
		if !ok {
			_, typ, _ := strings.Cut(strings.ToLower(c.record.Name), "_")
			name, ok = names[typ+"/"+f.Name]
		}
		switch v := f.Value.(type) {
		case dissect.List:
			if f.Name == "points" && len(v) > 0 {
				c.add(name, hex.EncodeToString(c.octets(f)[4:]))
			}
			for j := range v {
				if inner, ok := v[j].Value.(dissect.Tree); ok {
					c.app(prefix, inner)
				}
			}
			continue
		}
		if ok {
			c.appValue(name, f)
		}
	}
	if prefix == "componentstatusprotocol" { // What is unknown has a number there.
		if t.Get("status") != nil && t.Get("workload_percent") == nil {
			c.add("componentstatusreport_workload", "-100")
		}
		if t.Get("receiver_id") != nil && t.Get("duration_ms") == nil {
			c.add("componentassociation_duration", "18446744073709.551615")
		}
	}
}

func (c *collector) appValue(name string, f *dissect.Field) {
	switch name {
	case "ping_data", "pong_data", "message_data", "message_hash":
		if f.Len > 0 {
			c.add(name, hex.EncodeToString(c.octets(f)))
		}
	case "parameter_algorithmid", "message_reason":
		c.add(name, fmt.Sprint(binary.BigEndian.Uint32(c.octets(f))))
	case "componentassociation_protocolid":
		c.add(name, fmt.Sprint(binary.BigEndian.Uint16(c.octets(f))))
	case "message_sendertimestamp", "componentstatusreport_reportinterval", "componentassociation_duration":
		if ms, ok := f.Value.(float64); ok {
			c.add(name, fmt.Sprintf("%f", ms/1000))
		}
	case "componentstatusreport_location", "componentstatusreport_status":
		if f.Value != "" {
			c.add(name, fmt.Sprint(f.Value))
		}
	default:
		c.add(name, fmt.Sprint(f.Value))
	}
}
