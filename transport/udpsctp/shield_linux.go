package udpsctp

import (
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// passHandshakes makes the kernel pass a random one of 2^level handshake packets to the socket.
// Without the filter, the flood has to be read. So an error does no harm to others.
func (s *socket) passHandshakes(level int) {
	// The filter sees the UDP header, of 8 octets, and the packet.
	const chunkTypeAt, keep = 8 + headerLen, 1 << 30
	program, err := bpf.Assemble([]bpf.Instruction{
		bpf.LoadAbsolute{Off: chunkTypeAt, Size: 1},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: uint32(chunkInit), SkipTrue: 1},
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: uint32(chunkCookieEcho), SkipTrue: 4},
		bpf.LoadExtension{Num: bpf.ExtRand},
		bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: 1<<level - 1},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: 0, SkipTrue: 1},
		bpf.RetConstant{Val: 0},
		bpf.RetConstant{Val: keep},
	})
	if err != nil {
		panic("BUG: " + err.Error())
	}
	filter := make([]unix.SockFilter, len(program))
	for i, r := range program {
		filter[i] = unix.SockFilter{Code: r.Op, Jt: r.Jt, Jf: r.Jf, K: r.K}
	}
	_ = s.raw.Control(func(fd uintptr) {
		if level == 0 {
			_ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_DETACH_FILTER, 0)
			return
		}
		prog := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
		_ = unix.SetsockoptSockFprog(int(fd), unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &prog)
	})
}
