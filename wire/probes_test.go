package wire_test

import (
	"path"
	"testing"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
	"github.com/rserpool-go/rserpool/wire/internal/wiretest"
)

// differences are the inputs about which the codec and the deployed implementation
// disagree, as patterns of [path.Match], with the reason.
var differences = []struct {
	reason string
	names  []string
}{
	{"RFC 5354, 3: an unknown parameter to be skipped does no harm, wherever it stands", []string{
		"unknown_[8c]099_after_pe", "unknown_[8c]099_in_pe_before_transport",
		"unknown_[8c]099_in_transport_*_address", "unknown_[8c]099_end_of_presence",
		"unknown_[8c]099_end_of_handle_table_response", "unknown_[8c]099_end_of_init_takeover",
		"unknown_[8c]099_tail_deregistration", "unknown_[8c]099_tail_registration_response",
		"unknown_[8c]099_tail_keep_alive_after_peid", "unknown_[8c]099_tail_handle_update",
		"unknown_[8c]099_tail_error", "unknown_[8c]099_in_server_info_before_transport",
	}},
	{"RFC 5354, 3: an unknown parameter that discards the message does, wherever it stands", []string{
		"unknown_[04]099_in_pe_after_policy", "unknown_[04]099_in_transport_after_address",
		"unknown_[04]099_in_server_info_after_transport",
	}},
	{"RFC 5354, 3: the action bits are a part of the type", []string{
		"pool_handle_type_0x[48C]009", "transport_type_0x8004", "hres_option_type_0x[04]03f",
	}},
	{"the order of parameters is free", []string{
		"reg_policy_before_transport", "reg_pe_before_handle", "presence_info_before_checksum",
	}},
	{"the padding at the end may be missing", []string{
		"no_final_pad_at_all", "cookie_unaligned_len_excl_pad", "cookie_unaligned_no_pad",
	}},
	{"a message is all of the input", []string{
		"trailing_garbage_after_message", "two_messages_in_one_packet",
	}},
	{"which addresses are of use depends on where the message came from", []string{
		"addr_loopback_only", "addr_loopback_v6_only", "addr_linklocal_v4_only",
		"addr_255_0_0_1_counts_as_loopback", "addr_0_0_0_0", "hres_resp_second_pe_loopback_only",
		"presence_info_loopback", "list_response_loopback_entry_first", "hu_asap_transport_loopback",
	}},
	{"RFC 5354, 3: the value of an address and the number of transports and handles are fixed", []string{
		"tcp_two_addresses", "ipv4_tlv_long", "presence_two_transports", "bcard_two_handles",
	}},
	{"RFC 5352, 2.2.10: an announce has transports only", []string{"announce_server_info"}},
	{"RFC 5352, 2.2.10 and 2.2.13: all of it may be there", []string{
		"announce_sctp_then_tcp", "announce_two_sctp", "bcard_rfc", "bcard_ref_emitted",
	}},
	{"RFC 5354, 3.3, 3.7 and 3.16: transports that the deployed implementation lacks", []string{
		"transport_dccp", "transport_udplite", "transport_opaque",
	}},
	{"RFC 5353, 2.1, and RFC 5352, 2.2.6: optional parameters", []string{
		"presence_no_server_info", "presence_no_checksum", "hres_resp_rfc_no_policy",
	}},
	{"RFC 5356, 3: what to do about an unknown policy is up to the registrar", []string{
		"policy_unknown_12345678", "policy_plu_dpf_b0002004", "policy_plud_dpf_b0002005",
	}},
	{"not a matter of syntax, but of the protocol", []string{
		"hres_resp_handle_only", "hres_resp_error_after_policy", "list_response_reject_with_entries",
		"htr_reject_with_entries", "htr_pe_without_asap_transport", "htr_pe_home_zero", "htr_pe_id_zero",
		"htr_mixed_policy_pool", "hu_home_zero", "hu_no_asap_transport",
	}},
	{"the RFC sets no such limit; protocols do", []string{
		"pool_handle_33_bytes", "sctp_65_addresses", "hres_resp_129_pes",
	}},
	{"payload protocol identifiers are the transport's", []string{"wrong_ppid_0"}},
}

// intended returns why the verdicts on an input differ, or "".
func intended(name string) string {
	for _, d := range differences {
		for _, pattern := range d.names {
			if ok, _ := path.Match(pattern, name); ok {
				return d.reason
			}
		}
	}
	return ""
}

// What the deployed implementation takes we take, and what it refuses we refuse, but
// for the intended differences.
func TestProbes(t *testing.T) {
	t.Parallel()
	for _, v := range wiretest.Load(t, "wire-receive-probes.json", "") {
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			u, err := parseProbe(t, v)
			ours, theirs := err == nil && !u.Discard, v.Fields["outcome"] == "accepted"
			reason := intended(v.Name)
			switch {
			case ours != theirs && reason == "":
				t.Errorf("%x: we take it: %v (%v, %+v), they: %v", v.Bytes(), ours, err, u, v.Fields["outcome"])
			case ours == theirs && reason != "":
				t.Errorf("%x: no difference, but a reason for one: %s", v.Bytes(), reason)
			}
		})
	}
}

func parseProbe(t *testing.T, v wiretest.Vector) (u wire.Unrecognized, err error) {
	if v.Protocol == "ENRP" {
		m, err := wiretest.Check(t, v.Bytes(), enrpmsg.Parse)
		return enrpmsg.Unrecognized(m), err
	}
	m, err := wiretest.Check(t, v.Bytes(), asapmsg.Parse)
	return asapmsg.Unrecognized(m), err
}

// What the deployed implementation counts in an input, we count.
func TestProbeValues(t *testing.T) {
	t.Parallel()
	compared := 0
	for _, v := range wiretest.Load(t, "wire-receive-probes.json", "ASAP") {
		if v.Fields["outcome"] != "accepted" || intended(v.Name) != "" {
			continue
		}
		m, err := asapmsg.Parse(v.Bytes())
		if err != nil {
			t.Errorf("%s: %v", v.Name, err)
			continue
		}
		for key, got := range counts(m) {
			if want, ok := v.Fields[key]; ok {
				compared++
				if want != got {
					t.Errorf("%s: %s: %v, want %v", v.Name, key, got, want)
				}
			}
		}
	}
	if compared < 30 {
		t.Errorf("only %d values compared", compared)
	}
}

// counts returns what can be compared of a message, in the words of the probes. Of
// addresses the deployed implementation keeps those that are neither of loopback nor
// of a link; a control channel it takes for one only on SCTP and TCP, and only for 1.
func counts(m asapmsg.Message) map[string]any {
	switch m := m.(type) {
	case *asapmsg.Registration:
		kept := 0
		for _, a := range m.PoolElement.UserTransport.Addrs {
			if !a.IsLoopback() && !a.IsLinkLocalUnicast() {
				kept++
			}
		}
		return map[string]any{
			"addresses_kept":  float64(kept),
			"control_channel": m.PoolElement.UserTransport.Use == wire.DataAndControl,
		}
	case *asapmsg.HandleResolution:
		return map[string]any{"items": float64(m.Items)}
	case *asapmsg.HandleResolutionResponse:
		return map[string]any{"pool_elements_parsed": float64(len(m.PoolElements))}
	}
	return nil
}
