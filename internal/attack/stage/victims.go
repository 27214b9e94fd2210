package stage

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"

	"github.com/rserpool-go/rserpool/wire"
)

// What the programs under attack have in common.
const (
	Pool        = wire.PoolHandle("EchoPool")
	RegistrarID = wire.ServerID(0x1001)
	servers     = 3
	firstServer = 0x2001
	firstPort   = 22101
)

// Registrar and ENRP are the addresses of the registrar, and Service that of the first server.
var (
	Registrar = netip.AddrPortFrom(VictimAddr, wire.PortASAP)
	ENRP      = netip.AddrPortFrom(VictimAddr, wire.PortENRP)
	Service   = netip.AddrPortFrom(VictimAddr, firstPort)
)

// Elements returns the identifiers of the servers.
func Elements() (ids []wire.PEID) {
	for i := range servers {
		ids = append(ids, wire.PEID(firstServer+i))
	}
	return ids
}

// Victims are the programs under attack.
type Victims struct {
	Registrar *Process
	Servers   []*Process
	group     *MemoryGroup
	logs      []string
}

// StartVictims starts a registrar and three servers from a folder of programs, with their logs in dir. A limit above 0 is
// that of the registrar's memory in octets, where the host can limit it.
func StartVictims(host, programs, dir string, limit int64) (v *Victims, err error) {
	v = &Victims{}
	defer func() {
		if err != nil {
			err = errors.Join(err, v.Kill())
		}
	}()
	if limit > 0 {
		if v.group, err = NewMemoryGroup(limit); err != nil {
			return v, err
		}
	}
	start := func(name, program string, group *MemoryGroup, args ...string) (*Process, error) {
		log := filepath.Join(dir, name+".log")
		v.logs = append(v.logs, log)
		args = append(args, "--transport=udp", "--asapannounce=off", "--logfile="+log, "--quiet")
		return Start(Command{Host: host, Group: group, Path: filepath.Join(programs, program), Args: args})
	}
	v.Registrar, err = start("registrar", "rspregistrar", v.group, "--asap="+Registrar.String(), "--enrp="+ENRP.String(),
		"--enrpannounce=off", fmt.Sprintf("--identifier=%#x", uint32(RegistrarID)))
	if err != nil {
		return v, err
	}
	for i, id := range Elements() {
		local := netip.AddrPortFrom(VictimAddr, firstPort+uint16(i))
		p, err := start(fmt.Sprint("server", i+1), "rspserver", nil, "--echo", "--poolhandle="+string(Pool), "--local="+local.String(),
			"--registrar="+Registrar.String(), fmt.Sprintf("--identifier=%#x", uint32(id)))
		if err != nil {
			return v, err
		}
		v.Servers = append(v.Servers, p)
	}
	return v, nil
}

// Kill ends all programs.
func (v *Victims) Kill() (err error) {
	for _, p := range v.Servers {
		err = errors.Join(err, p.Kill())
	}
	if v.Registrar != nil {
		err = errors.Join(err, v.Registrar.Kill())
	}
	if v.group != nil {
		err = errors.Join(err, v.group.Close())
	}
	return err
}

// LogOctets returns the size of all logs.
func (v *Victims) LogOctets() (n int64) {
	for _, log := range v.logs {
		if info, err := os.Stat(log); err == nil {
			n += info.Size()
		}
	}
	return n
}
