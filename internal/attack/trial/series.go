package trial

import (
	"encoding/json"
	"os"
	"time"
)

// A Series has the results of all attacks on the same programs.
type Series struct {
	Programs string    `json:"programs"` // the version
	Time     time.Time `json:"time"`     // of the start of the last run
	Machine  string    `json:"machine"`
	Results  []Result  `json:"results"`
}

// find returns the result of an attack.
func (s *Series) find(name string) (Result, bool) {
	for _, r := range s.Results {
		if r.Attack == name {
			return r, true
		}
	}
	return Result{}, false
}

// Replace returns the series with the results of a later run, in which some attacks were repeated.
func (s Series) Replace(later Series) Series {
	merged := later
	merged.Results = nil
	for _, r := range s.Results {
		if again, ok := later.find(r.Attack); ok {
			r = again
		}
		merged.Results = append(merged.Results, r)
	}
	for _, r := range later.Results {
		if _, ok := s.find(r.Attack); !ok {
			merged.Results = append(merged.Results, r)
		}
	}
	return merged
}

// ReadSeries reads the file that Save has written.
func ReadSeries(file string) (s Series, err error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return s, err
	}
	return s, json.Unmarshal(data, &s)
}

// Save writes the series to a file.
func (s *Series) Save(file string) error {
	data, err := json.MarshalIndent(s, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(data, '\n'), 0o644)
}
