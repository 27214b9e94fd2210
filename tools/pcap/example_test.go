package pcap_test

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/rserpool-go/rserpool/tools/pcap"
)

// A program reads all packets of a file.
func ExampleReader() {
	f, err := os.Open("../testdata/echo.pcap")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer f.Close() //nolint:errcheck // only read
	r, err := pcap.NewReader(f)
	if err != nil {
		fmt.Println(err)
		return
	}
	packets, octets := 0, 0
	for {
		p, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		packets++
		octets += p.Len
	}
	fmt.Println(packets, "packets,", octets, "octets")
	// Output: 143 packets, 15578 octets
}
