// Command connect is Redpanda Connect with the components this benchmark uses, and no others.
package main

import (
	"context"
	"runtime/debug"

	"github.com/redpanda-data/benthos/v4/public/service"

	_ "github.com/redpanda-data/benthos/v4/public/components/io"
	_ "github.com/redpanda-data/benthos/v4/public/components/pure"
	_ "github.com/redpanda-data/connect/v4/public/components/kafka"
)

const product = "github.com/redpanda-data/connect/v4"

func main() {
	service.RunCLI(context.Background(), service.CLIOptSetVersion(version(), "unknown"))
}

// version is the product's, as go.mod pins it: without it the command line would tell that of its engine.
func version() string {
	build, _ := debug.ReadBuildInfo()
	for _, module := range build.Deps {
		if module.Path == product {
			return module.Version
		}
	}
	return "unknown"
}
