package trial

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/rserpool-go/rserpool/internal/attack"
	"github.com/rserpool-go/rserpool/internal/attack/client"
	"github.com/rserpool-go/rserpool/internal/attack/stage"
)

// Config says which programs are attacked.
type Config struct {
	Hosts *stage.Hosts
	// Programs is the folder of rspregistrar and rspserver, and Tools that of attack and goodclient.
	Programs, Tools string
	// Dir is a folder for logs.
	Dir string
}

const (
	readyTimeout = 20 * time.Second
	clientNice   = -10
	attackerNice = 5
	attackGrace  = 60 * time.Second // beyond the dose, for handshakes with a target that does not answer
	clientGrace  = 30 * time.Second
	settle       = time.Second // of the client alone, before the attack
	memoryLimit  = 1 << 30     // octets, for the registrar
	kibPerMB     = 1024
	readyLine    = "ready"
)

// Run starts the programs, attacks them, and measures. An error means that there was no attack, or no good client. Harm
// to the programs is no error, but a failure in the result.
func Run(ctx context.Context, config Config, a attack.Attack) (r Result, err error) {
	dir := filepath.Join(config.Dir, a.Name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return r, err
	}
	victims, err := stage.StartVictims(config.Hosts.Victim, config.Programs, dir, memoryLimit)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, victims.Kill()) }()
	good, err := startClient(ctx, config, a)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, good.Kill()) }()
	target := victims.Registrar
	if a.Aim == attack.AtElement {
		target = victims.Servers[0]
	}
	go target.WatchMemory()
	if !attack.Pause(ctx, settle) {
		return r, context.Cause(ctx)
	}
	r.MemoryBefore, _ = target.Memory()
	logs := victims.LogOctets()
	if r.Report, err = runAttack(ctx, config, a); err != nil {
		return r, err
	}
	if !attack.Pause(ctx, a.After) {
		return r, context.Cause(ctx)
	}
	r.MemoryAfter, r.MemoryMost = target.Memory()
	r.LogOctets = victims.LogOctets() - logs
	r.Lives = areAlive(victims)
	if r.Client, err = stopClient(good); err != nil {
		return r, err
	}
	r.Client.Elements = min(r.Client.Elements, len(victims.Servers)-int(r.Report.Outcomes[attack.OutcomeStolen]))
	r.judge(a.Limits)
	return r, nil
}

// areAlive reports whether all programs run.
func areAlive(v *stage.Victims) bool {
	for _, p := range append(v.Servers, v.Registrar) {
		if !p.IsAlive() {
			return false
		}
	}
	return true
}

// startClient starts the good client, and waits until it has seen all elements.
func startClient(ctx context.Context, config Config, a attack.Attack) (*stage.Process, error) {
	var ids []string
	for _, id := range stage.Elements() {
		ids = append(ids, fmt.Sprintf("%#x", uint32(id)))
	}
	args := []string{
		"--registrar=" + stage.Registrar.String(), "--pool=" + string(stage.Pool), "--source=" + stage.ClientAddr.String(),
		"--elements=" + strings.Join(ids, ","), "--host=" + stage.VictimAddr.String(),
	}
	if a.Aim == attack.AtElement {
		args = append(args, "--service="+stage.Service.String())
	}
	p, err := stage.Start(stage.Command{
		Host: config.Hosts.Victim, Nice: clientNice, Path: filepath.Join(config.Tools, "goodclient"), Args: args,
	})
	if err != nil {
		return nil, err
	}
	limited, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	if err := p.AwaitLine(limited, readyLine); err != nil {
		return nil, errors.Join(fmt.Errorf("good client: %w", err), p.Kill())
	}
	return p, nil
}

// stopClient ends the good client, and returns its figures.
func stopClient(p *stage.Process) (r client.Report, err error) {
	if err := p.Interrupt(); err != nil {
		return r, fmt.Errorf("good client: %w", err)
	}
	select {
	case <-p.Done():
	case <-time.After(clientGrace):
		return r, errors.New("good client: no end after SIGINT")
	}
	out, err := p.Output()
	if err == nil {
		err = json.Unmarshal([]byte(strings.TrimPrefix(out, readyLine)), &r)
	}
	if err != nil {
		return r, fmt.Errorf("good client: %w", err)
	}
	return r, nil
}

// runAttack carries out the attack from the hostile host.
func runAttack(ctx context.Context, config Config, a attack.Attack) (r attack.Report, err error) {
	p, err := stage.Start(stage.Command{
		Host: config.Hosts.Hostile, Nice: attackerNice, Path: filepath.Join(config.Tools, "attack"),
		Args: []string{
			"--name=" + a.Name, "--duration=" + a.Dose.Duration.String(), "--output=json",
			"--registrar=" + stage.Registrar.String(), "--enrp=" + stage.ENRP.String(), "--service=" + stage.Service.String(),
			"--pool=" + string(stage.Pool), fmt.Sprintf("--identifier=%#x", uint32(stage.Elements()[0])),
			fmt.Sprintf("--registrar-identifier=%#x", uint32(stage.RegistrarID)), "--from=" + stage.HostileNet.String(),
		},
	})
	if err != nil {
		return r, err
	}
	select {
	case <-p.Done():
	case <-time.After(a.Dose.Duration + attackGrace):
		return r, errors.Join(errors.New("the attack does not end"), p.Kill())
	case <-ctx.Done():
		return r, errors.Join(context.Cause(ctx), p.Kill())
	}
	out, err := p.Output()
	if err != nil {
		return r, err
	}
	return r, json.Unmarshal([]byte(out), &r)
}
