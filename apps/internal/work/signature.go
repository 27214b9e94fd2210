package work

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Signatures are the keys that may sign packages and environments. GnuPG checks them.
type Signatures struct {
	Keyring, TrustDB string // absolute
	gpg              string
}

// NewSignatures checks that the two files can be read and that gpg is installed. Without both files
// there are no signatures, and it returns nil.
func NewSignatures(keyring, trustDB string) (*Signatures, error) {
	if keyring == "" && trustDB == "" {
		return nil, nil
	}
	if keyring == "" || trustDB == "" {
		return nil, errors.New("signatures need both a keyring and a trust database")
	}
	s := &Signatures{}
	for file, to := range map[string]*string{keyring: &s.Keyring, trustDB: &s.TrustDB} {
		f, err := os.Open(file)
		if err != nil {
			return nil, err
		}
		_ = f.Close()
		if *to, err = filepath.Abs(file); err != nil {
			return nil, err
		}
	}
	var err error
	if s.gpg, err = exec.LookPath("gpg"); err != nil {
		return nil, fmt.Errorf("signatures: %w", err)
	}
	s.gpg, err = filepath.Abs(s.gpg)
	return s, err
}

// errUnsigned is the error of a file without a valid signature of a trusted key.
var errUnsigned = errors.New("no valid signature of a trusted key")

// checkStatus reads what GnuPG says in its status lines. All of the file must be a single text with
// a good signature; a text beside the signed one would be output as well.
func checkStatus(status string) error {
	count := make(map[string]int)
	for line := range strings.Lines(status) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "[GNUPG:]" {
			count[fields[1]]++
		}
	}
	if count["GOODSIG"] != 1 || count["VALIDSIG"] != 1 || count["NEWSIG"] != 1 || count["PLAINTEXT"] != 1 ||
		count["TRUST_FULLY"]+count["TRUST_ULTIMATE"] != 1 || count["ERROR"] > 0 {
		return errUnsigned
	}
	return nil
}
