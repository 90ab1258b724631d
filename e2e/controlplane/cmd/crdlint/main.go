// Command crdlint is the CRD linter alone, for machines that have the other programs of a control plane already: it builds in a fraction of
// the time.
package main

import (
	"os"

	"nifi-operator/e2e/controlplane/crdlint"
)

func main() {
	os.Exit(crdlint.Main(os.Args[1:], os.Stdout, os.Stderr))
}
