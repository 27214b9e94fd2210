package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// limit bounds a guest's life, in seconds. A test takes up to four minutes on two processors.
const limit = "920"

// captures is the folder of the captures to replay.
const captures = "tools/testdata"

var outcome = regexp.MustCompile(`(?m)^ *--- (PASS|FAIL|SKIP): (\S+) `)

// figures matches what a test has measured.
var figures = regexp.MustCompile(`(?m)^ *\S+_test\.go:\d+: figures: (.*)$`)

// runTest runs a test in a guest, and checks its captures.
func runTest(ctx context.Context, dir, test string) []result {
	out := filepath.Join(dir, test)
	if err := os.MkdirAll(out, 0o755); err != nil {
		return []result{{scenario: test, status: failed, detail: err.Error()}}
	}
	bin := filepath.Join(dir, "bin")
	cmd := exec.CommandContext(ctx, filepath.Join(module, "uml", "uml-run"), "--hosts", "7", "--rw", out, "--timeout", limit, "--",
		filepath.Join(bin, "interop.test"), "-test.v", "-test.run", "^"+test+"$", "-test.timeout", "900s")
	captures, err := filepath.Abs(captures)
	if err != nil {
		return []result{{scenario: test, status: failed, detail: err.Error()}}
	}
	cmd.Env = append(os.Environ(), "INTEROP_BIN="+bin, "INTEROP_OUT="+out, "INTEROP_CAPTURES="+captures)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	text, err := cmd.CombinedOutput()
	if werr := os.WriteFile(filepath.Join(out, "log"), text, 0o644); werr != nil {
		err = errors.Join(err, werr)
	}
	for _, m := range figures.FindAllStringSubmatch(string(text), -1) {
		fmt.Printf("%s: %s\n", test, m[1])
	}
	var results []result
	bad := false
	for _, m := range outcome.FindAllStringSubmatch(string(text), -1) {
		scenario, roles, ok := parseName(m[2])
		if !ok {
			continue
		}
		r := result{scenario: scenario, roles: roles, status: map[string]status{"PASS": passed, "FAIL": failed, "SKIP": skipped}[m[1]]}
		if r.status == passed {
			if err := checkCapture(ctx, bin, captureOf(out, m[2])); err != nil {
				r.status, r.detail = failed, err.Error()
			}
		}
		bad = bad || r.status == failed
		results = append(results, r)
	}
	if err != nil && !bad || len(results) == 0 {
		results = append(results, result{scenario: test, status: failed, detail: fmt.Sprint(err)})
		bad = true
	}
	if bad {
		fmt.Printf("--- %s\n%s\n", test, text)
	}
	return results
}

// runTransport runs the tests of kernel SCTP, which need no other host.
func runTransport(ctx context.Context, dir string) []result {
	var results []result
	for _, pkg := range transports {
		r := result{scenario: "Transport", roles: []role{{pkg, "ours"}}, status: passed}
		cmd := exec.CommandContext(ctx, filepath.Join(module, "uml", "uml-run"), "--timeout", limit, "--",
			filepath.Join(dir, "bin", pkg+".test"), "-test.timeout", "900s")
		if text, err := cmd.CombinedOutput(); err != nil {
			r.status, r.detail = failed, fmt.Sprintf("%v:\n%s", err, text)
		}
		results = append(results, r)
	}
	return results
}

// captureOf returns the capture file of a test, as newStage names it.
func captureOf(out, test string) string {
	return filepath.Join(out, strings.NewReplacer("/", "_", ",", "_", "=", "-").Replace(test), "capture.pcapng")
}

// checkCapture looks for malformed packets in a capture.
func checkCapture(ctx context.Context, bin, file string) error {
	// Text has no protocol, for which tshark goes by the port then: if an element or a user has that of
	// S1AP by chance, it takes the text for S1AP. What is not multicast at these UDP ports is
	// SCTP in UDP, by which ours look for a peer that is gone; tshark takes it for ASAP and ENRP.
	out, err := exec.CommandContext(ctx, "tshark", "-r", file, "-o", "sctp.checksum:crc-32c", "-Y",
		"(_ws.malformed && !(sctp.data_payload_proto_id == 0 && !asap && !enrp) || sctp.checksum.status == 0) && "+
			"!(udp.port in {3863, 9901} && !ip.dst == 224.0.0.0/4)").Output()
	if err != nil {
		return fmt.Errorf("tshark: %w", err)
	}
	if len(out) > 0 {
		return fmt.Errorf("tshark finds malformed packets:\n%s", out)
	}
	out, err = exec.CommandContext(ctx, filepath.Join(bin, "rspdecode"), file).CombinedOutput()
	if err != nil {
		return fmt.Errorf("rspdecode: %w:\n%s", err, out)
	}
	if damaged := regexp.MustCompile("(?m)^.* damaged at .*$").FindAllString(string(out), -1); damaged != nil {
		return fmt.Errorf("rspdecode finds damaged messages:\n%s", strings.Join(damaged, "\n"))
	}
	return nil
}
