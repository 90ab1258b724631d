package crdlint

import (
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
)

// Main lints the files that args name. It prints one line an error, as "FILE: FIELD: what is wrong", and returns the exit code: 0 when all files
// are valid, 1 when one is not, 2 when it was called wrongly.
func Main(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("crdlint", flag.ContinueOnError)
	flags.SetOutput(stderr)
	showCosts := flags.Bool("costs", false, "also print the estimated cost of every CEL rule, the most expensive first")
	flags.Usage = func() {
		fmt.Fprintln(stderr, "usage: crdlint [--costs] FILE...")
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return 2
	}
	if flags.NArg() == 0 {
		flags.Usage()
		return 2
	}

	exitCode := 0
	for _, file := range flags.Args() {
		data, err := os.ReadFile(file)
		if err != nil {
			fmt.Fprintln(stderr, err)
			exitCode = 1
			continue
		}
		result := Lint(data)
		for _, problem := range result.Errors {
			fmt.Fprintf(stdout, "%s: %s\n", file, oneLine(problem))
			exitCode = 1
		}
		for _, warning := range result.Warnings {
			fmt.Fprintf(stdout, "%s: warning: %s\n", file, oneLine(warning))
		}
		if *showCosts {
			for _, rule := range result.Costs {
				fmt.Fprintf(stdout, "%s: cost %d of %d (%.1f %%): %s\n", file, rule.Cost, rule.Limit, 100*float64(rule.Cost)/float64(rule.Limit), rule.Path)
			}
		}
	}
	return exitCode
}

func oneLine(text string) string {
	return strings.Join(strings.Fields(text), " ")
}
