// Command renderoracle says what the Go library of the established controller makes of versions and ranges.
//
// It reads one case a line, a range and a version with a tab between, and writes it back with what comes of it:
// "pin" (the range is itself a version), "parse" (it is none), "version" (the other is none), "yes" or "no".
package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"github.com/Masterminds/semver/v3"
)

func main() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		asked, version, _ := strings.Cut(lines.Text(), "\t")
		fmt.Printf("%s\t%s\n", lines.Text(), outcome(asked, version))
	}
}

func outcome(asked, version string) string {
	if strings.HasPrefix(asked, "cmp ") {
		one, other := semver.MustParse(asked[4:]), semver.MustParse(version)
		return fmt.Sprint(one.Compare(other))
	}
	if _, err := semver.NewVersion(asked); err == nil {
		return "pin"
	}
	constraint, err := semver.NewConstraint(asked)
	if err != nil {
		return "parse"
	}
	parsed, err := semver.NewVersion(version)
	if err != nil {
		return "version"
	}
	if constraint.Check(parsed) {
		return "yes"
	}
	return "no"
}
