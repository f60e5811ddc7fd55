// Package config reads what the programs must be told: the environment, and the channels file that describes
// every POB. It reports all that is wrong at once and in plain words, because whoever deploys reads the report
// and mends the file; nothing else in vmsflow reads the environment.
//
// Three sources: TEMPORAL_* variables and profiles (TemporalOptions), the other variables (Program), and the
// YAML file that VMSFLOW_CHANNELS names (LoadChannels). Secrets stand in the environment only; the file names
// their variables.
package config

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/kelseyhightower/envconfig"
	"go.temporal.io/sdk/client"
	temporalenv "go.temporal.io/sdk/contrib/envconfig"
	"go.temporal.io/sdk/log"
)

// Program is the environment that every program reads, apart from TEMPORAL_*.
type Program struct {
	// DatabaseURL is a postgres:// URL or a key=value string; pool_max_conns in it sets the size of the pool.
	DatabaseURL string `envconfig:"DATABASE_URL" required:"true"`
	// ChannelsFile is the path of the channels file.
	ChannelsFile string `envconfig:"VMSFLOW_CHANNELS" default:"channels.yaml"`
	// WebUI is the address of the Temporal Web UI, for the links that are printed.
	WebUI string `envconfig:"VMSFLOW_WEB_UI" default:"http://localhost:8233"`
}

// LoadProgram reads the environment and the channels file with its secrets. The error has one line for each
// thing to mend.
func LoadProgram() (Program, Channels, error) { return loadProgram(os.Getenv) }

// LoadProgramWithoutSecrets is LoadProgram for programs that call nobody outside: the variables of the secrets
// need not be set, and every secret reads "unset".
func LoadProgramWithoutSecrets() (Program, Channels, error) {
	return loadProgram(func(string) string { return "unset" })
}

func loadProgram(getenv func(string) string) (Program, Channels, error) {
	p := Program{}
	// A variable that is set to nothing counts as set for envconfig, but not for people.
	err := envconfig.Process("", &p)
	if p.DatabaseURL == "" {
		err = errors.New("DATABASE_URL: is not set; write the address of the database, such as postgres://user:password@host:5432/vmsflow")
	}
	if p.ChannelsFile == "" { // Process stops at the first variable that is missing
		p.ChannelsFile = cmp.Or(os.Getenv("VMSFLOW_CHANNELS"), "channels.yaml")
	}
	channels, channelsErr := LoadChannels(p.ChannelsFile, getenv)
	return p, channels, errors.Join(err, channelsErr)
}

// TemporalOptions reads the TEMPORAL_* variables and, where there is one, the profile file of the Temporal CLI.
// Without either it is a server without TLS on localhost:7233, namespace "default".
func TemporalOptions() (client.Options, error) {
	options, err := temporalenv.LoadDefaultClientOptions()
	if err != nil {
		return client.Options{}, fmt.Errorf("TEMPORAL_*: %w", err)
	}
	options.Logger = log.NewStructuredLogger(slog.Default())
	return options, nil
}
