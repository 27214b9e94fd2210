package stage

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"strings"
)

// The addresses of the hosts.
var (
	VictimAddr = netip.MustParseAddr("10.99.1.1")
	ClientAddr = netip.MustParseAddr("10.99.1.3") // on the victim's host
	// HostileNet holds the addresses of the hostile host.
	HostileNet = netip.MustParsePrefix("10.98.0.1/16")
)

const hostileAddr = "10.99.1.2"

// Hosts are two network namespaces. The programs under attack and the good client are on Victim, attacks come from
// Hostile.
type Hosts struct{ Victim, Hostile string }

// ErrNotRoot: namespaces need the rights of root.
var ErrNotRoot = errors.New("network namespaces need root")

// NewHosts makes the namespaces, with names of this process. The caller closes them.
func NewHosts(ctx context.Context) (*Hosts, error) {
	if os.Geteuid() != 0 {
		return nil, ErrNotRoot
	}
	h := &Hosts{Victim: fmt.Sprintf("attack%d-victim", os.Getpid()), Hostile: fmt.Sprintf("attack%d-hostile", os.Getpid())}
	commands := []string{
		"netns add " + h.Victim,
		"netns add " + h.Hostile,
		"link add cable netns " + h.Victim + " type veth peer name cable netns " + h.Hostile,
		"-n " + h.Victim + " addr add " + VictimAddr.String() + "/24 dev cable",
		"-n " + h.Victim + " addr add " + ClientAddr.String() + "/24 dev cable",
		"-n " + h.Hostile + " addr add " + hostileAddr + "/24 dev cable",
	}
	for _, host := range []string{h.Victim, h.Hostile} {
		commands = append(commands, "-n "+host+" link set lo up", "-n "+host+" link set cable up")
	}
	// Every address of the hostile network is one of the hostile host, and needs no neighbour entry of the victim.
	net := HostileNet.Masked().String()
	commands = append(commands,
		"-n "+h.Victim+" route add "+net+" via "+hostileAddr,
		"-n "+h.Hostile+" route add local "+net+" dev lo",
	)
	for _, c := range commands {
		if err := ip(ctx, c); err != nil {
			return nil, errors.Join(err, h.Close())
		}
	}
	return h, nil
}

// Close removes the namespaces. Their processes have ended.
func (h *Hosts) Close() error {
	ctx := context.Background()
	return errors.Join(ip(ctx, "netns del "+h.Victim), ip(ctx, "netns del "+h.Hostile))
}

func ip(ctx context.Context, args string) error {
	if out, err := exec.CommandContext(ctx, "ip", strings.Fields(args)...).CombinedOutput(); err != nil {
		return fmt.Errorf("ip %s: %w: %s", args, err, strings.TrimSpace(string(out)))
	}
	return nil
}
