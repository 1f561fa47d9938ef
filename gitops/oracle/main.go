// Command gitopsoracle says what the Go libraries of the established controller make of patterns and schedules.
//
// It reads one case a line, its parts separated by tabs, and writes each back with its outcome.
//
//	names|urls|kinds|paths  pattern  text    "yes", "no" or "parse"
//	cel  expression  object                  its value, "error" or "parse"
//	cron  schedule  zone  time               the next three times it fires, "never" or "parse"
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
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
	case "cel":
		return evaluated(parts[1], parts[2])
	default:
		return fires(parts[1], parts[2], parts[3])
	}
}

func evaluated(expression, object string) string {
	env, err := cel.NewEnv(cel.Variable("self", cel.DynType))
	if err != nil {
		panic(err)
	}
	ast, issues := env.Parse(expression)
	if issues.Err() != nil {
		return "parse"
	}
	program, err := env.Program(ast)
	if err != nil {
		return "parse"
	}
	decoder := json.NewDecoder(strings.NewReader(object))
	decoder.UseNumber()
	var self any
	if err := decoder.Decode(&self); err != nil {
		panic(err)
	}
	value, _, err := program.Eval(map[string]any{"self": numbered(self)})
	if err != nil {
		return "error"
	}
	return shown(value)
}

// numbered has whole numbers as such, as objects of Kubernetes have them.
func numbered(value any) any {
	switch value := value.(type) {
	case json.Number:
		if whole, err := value.Int64(); err == nil {
			return whole
		}
		fraction, _ := value.Float64()
		return fraction
	case []any:
		for at := range value {
			value[at] = numbered(value[at])
		}
	case map[string]any:
		for key := range value {
			value[key] = numbered(value[key])
		}
	}
	return value
}

func shown(value ref.Val) string {
	switch value := value.(type) {
	case types.Null:
		return "null"
	case types.String:
		return strconv.Quote(string(value))
	case types.Double:
		return strconv.FormatFloat(float64(value), 'g', -1, 64)
	case traits.Mapper:
		var entries []string
		for keys := value.Iterator(); keys.HasNext() == types.True; {
			key := keys.Next()
			entries = append(entries, shown(key)+": "+shown(value.Get(key)))
		}
		sort.Strings(entries)
		return "{" + strings.Join(entries, ", ") + "}"
	case traits.Lister:
		var items []string
		for at := types.Int(0); at < value.Size().(types.Int); at++ {
			items = append(items, shown(value.Get(at)))
		}
		return "[" + strings.Join(items, ", ") + "]"
	default:
		return fmt.Sprint(value.Value())
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
