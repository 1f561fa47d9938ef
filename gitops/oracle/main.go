// Command gitopsoracle says what the Go libraries of the established controller make of patterns and schedules.
//
// It reads one case a line, its parts separated by tabs, and writes each back with its outcome.
//
//	names|urls|kinds|paths  pattern  text    "yes", "no" or "parse"
//	cron  schedule  zone  time               the next three times it fires, "never" or "parse"
package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/gobwas/glob"
	"github.com/robfig/cron/v3"
)

func main() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		fmt.Printf("%s\t%s\n", lines.Text(), outcome(strings.Split(lines.Text(), "\t")))
	}
}

func outcome(parts []string) (answer string) {
	defer func() {
		if recover() != nil {
			answer = "panic"
		}
	}()
	switch parts[0] {
	case "names":
		return gobwas(parts[1], parts[2])
	case "urls":
		return gobwas(parts[1], parts[2], '/')
	case "paths":
		return said(doublestar.Match(parts[1], parts[2]))
	case "kinds":
		matched, err := filepath.Match(parts[1], parts[2])
		return said(matched, err)
	default:
		return fires(parts[1], parts[2], parts[3])
	}
}

func gobwas(pattern, text string, separators ...rune) string {
	compiled, err := glob.Compile(pattern, separators...)
	if err != nil {
		return "parse"
	}
	return said(compiled.Match(text), nil)
}

func said(matched bool, err error) string {
	if err != nil {
		return "parse"
	}
	if matched {
		return "yes"
	}
	return "no"
}

func fires(spec, zone, at string) string {
	parser := cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow)
	schedule, err := parser.Parse(spec)
	if err != nil {
		return "parse"
	}
	location, err := time.LoadLocation(zone)
	if err != nil {
		panic(err)
	}
	now, err := time.Parse(time.RFC3339, at)
	if err != nil {
		panic(err)
	}
	var times []string
	for range 3 {
		now = schedule.Next(now.In(location))
		if now.IsZero() {
			return "never"
		}
		times = append(times, now.UTC().Format(time.RFC3339))
	}
	return strings.Join(times, " ")
}
