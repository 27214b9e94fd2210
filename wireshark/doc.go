// Package wireshark tests the files of this folder with tshark: the profile RSerPool, and the script udpsctp.lua, which
// finds SCTP in UDP. The tests are skipped where tshark is missing.
package wireshark
