-- SCTP in UDP (RFC 6951) at any port, for Wireshark 4.0 and later.
--
-- Wireshark expects SCTP in UDP at port 9899, and announces of registrars at the ports of ASAP (3863) and ENRP (9901).
-- Endpoints of this project use the number of their SCTP port for the UDP port as well, so the same two ports carry
-- associations, and servers and clients are found at any port. This script tells SCTP by its CRC32c. Other packets go
-- to the dissectors that Wireshark has for them.

local sctp = Dissector.get("sctp")
-- Dissectors of announces, by UDP port. Wireshark has them under the payload protocol identifiers of ASAP and ENRP too.
local payloads = DissectorTable.get("sctp.ppi")
local announces = { [3863] = payloads:get_dissector(11), [9901] = payloads:get_dissector(12) }

-- known dissects the further packets between two UDP ports that have exchanged SCTP.
local known = Proto("udpsctp", "SCTP in UDP")
-- shared dissects the ports that carry announces as well.
local shared = Proto("udpsctp_shared", "SCTP in UDP, or an announce of a registrar")

local headerLength, chunkHeaderLength = 12, 4
local initChunk = 1

-- Types of chunks: RFC 9260, 3.2, and the registry of IANA.
local chunkTypes = { [0x40] = true, [0x80] = true, [0x81] = true, [0x82] = true, [0x84] = true,
	[0xc0] = true, [0xc1] = true, [0xc2] = true }
for chunkType = 0, 15 do chunkTypes[chunkType] = true end

-- remainders[i] is the CRC32c of the octet i, with the reversed polynomial of RFC 9260, appendix A.
local remainders = {}
for octet = 0, 255 do
	local crc = octet
	for _ = 1, 8 do
		local carry = bit.band(crc, 1)
		crc = bit.rshift(crc, 1)
		if carry == 1 then crc = bit.bxor(crc, 0x82f63b78) end
	end
	remainders[octet] = crc
end

-- hasChecksum reports whether a packet has its CRC32c, which is calculated with zeros in its own place (octets 8 to 11).
local function hasChecksum(octets)
	local crc = bit.bnot(0)
	local function add(first, last)
		for i = first, last do
			crc = bit.bxor(remainders[bit.band(bit.bxor(crc, octets:byte(i)), 0xff)], bit.rshift(crc, 8))
		end
	end
	add(1, 8)
	for _ = 1, 4 do crc = bit.bxor(remainders[bit.band(crc, 0xff)], bit.rshift(crc, 8)) end
	add(headerLength + 1, #octets)
	local b0, b1, b2, b3 = octets:byte(9, 12)
	return bit.bnot(crc) == bit.tobit(b0 + b1 * 0x100 + b2 * 0x10000 + b3 * 0x1000000)
end

-- hasChunks reports whether the packet has the form of SCTP: ports, a verification tag, and chunks that fill the packet.
-- The walk ends early where the capture has cut the packet off. The padding of the last chunk may be missing.
local function hasChunks(tvb)
	local captured, length = tvb:len(), tvb:reported_len()
	if captured < headerLength + chunkHeaderLength then return false end
	if tvb(0, 2):uint() == 0 or tvb(2, 2):uint() == 0 then return false end
	if tvb(4, 4):uint() == 0 and tvb(headerLength, 1):uint() ~= initChunk then return false end
	local at = headerLength
	while at + chunkHeaderLength <= captured do
		local chunkLength = tvb(at + 2, 2):uint()
		if not chunkTypes[tvb(at, 1):uint()] or chunkLength < chunkHeaderLength or at + chunkLength > length then
			return false
		end
		at = at + 4 * math.floor((chunkLength + 3) / 4)
	end
	return captured < length or at >= length
end

-- equalPorts returns for how many of the two sides the SCTP port is the UDP port.
local function equalPorts(tvb, pinfo)
	local count = 0
	if tvb(0, 2):uint() == pinfo.src_port then count = count + 1 end
	if tvb(2, 2):uint() == pinfo.dst_port then count = count + 1 end
	return count
end

-- dissectFirst dissects SCTP, and lets known dissect the packets that follow between the same two ports. A packet that is cut
-- off has no CRC32c to verify: it is SCTP if its SCTP ports are the UDP ports on both sides.
local function dissectFirst(tvb, pinfo, tree)
	if not hasChunks(tvb) then return false end
	local isWhole = tvb:len() == tvb:reported_len()
	if isWhole and not hasChecksum(tvb:raw()) then return false end
	if not isWhole and equalPorts(tvb, pinfo) < 2 then return false end
	pinfo.conversation = known
	sctp:call(tvb, pinfo, tree)
	return true
end

-- A single equal port is enough now, so that damaged packets are shown as SCTP. Wireshark tries the other dissectors with
-- packets that known refuses, dissectFirst among them.
function known.dissector(tvb, pinfo, tree)
	if not hasChunks(tvb) or equalPorts(tvb, pinfo) == 0 then return 0 end
	return sctp:call(tvb, pinfo, tree)
end

function shared.dissector(tvb, pinfo, tree)
	if dissectFirst(tvb, pinfo, tree) then return tvb:len() end
	return (announces[pinfo.dst_port] or announces[pinfo.src_port]):call(tvb, pinfo, tree)
end

known:register_heuristic("udp", dissectFirst)
for port in pairs(announces) do DissectorTable.get("udp.port"):add(port, shared) end
