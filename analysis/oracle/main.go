// Command conditionoracle says what expr-lang makes of conditions, set up as the Go rollouts controller does it.
//
// It reads one case a line: the expression as a JSON string, a tab, and the measurement. The measurement is JSON,
// or "floats" followed by numbers, the vector of Prometheus. It writes each case back with its outcome: "parse" if
// no measurement at all can make the expression work, "run" if this one does not, else the value's type and text.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"reflect"
	"strconv"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/builtin"
	"github.com/expr-lang/expr/types"
)

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for lines.Scan() {
		source, measurement, _ := strings.Cut(lines.Text(), "\t")
		var expression string
		must(json.Unmarshal([]byte(source), &expression))
		fmt.Fprintf(out, "%s\t%s\t%s\n", source, measurement, outcome(expression, read(measurement)))
	}
	must(lines.Err())
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func read(measurement string) any {
	if numbers, ok := strings.CutPrefix(measurement, "floats"); ok {
		list := []float64{}
		for _, number := range strings.Fields(numbers) {
			list = append(list, float(number))
		}
		return list
	}
	if number, ok := strings.CutPrefix(measurement, "float "); ok {
		return float(number)
	}
	var value any
	must(json.Unmarshal([]byte(measurement), &value))
	return value
}

func float(text string) float64 {
	number, err := strconv.ParseFloat(text, 64)
	must(err)
	return number
}

func outcome(expression string, result any) string {
	env := map[string]any{
		"result":  result,
		"asInt":   asInt,
		"asFloat": asFloat,
		"isNaN":   math.IsNaN,
		"isInf":   func(number float64) bool { return math.IsInf(number, 0) },
		"isNil":   func(any) bool { return isNil(result) },
		"default": func(_ any, fallback any) any {
			if isNil(result) {
				return fallback
			}
			return result
		},
	}
	if _, err := expr.Compile(expression, expr.Env(anyResult(env))); err != nil {
		return "parse"
	}
	program, err := expr.Compile(expression, expr.Env(env))
	if err != nil {
		return "run"
	}
	value, err := expr.Run(program, env)
	if err != nil {
		return "run"
	}
	kind := strings.ReplaceAll(builtin.Type(value).(string), "uint", "int")
	text, err := json.Marshal(fmt.Sprintf("%v", value))
	must(err)
	return kind + " " + string(text)
}

// anyResult is env with nothing known of the result's type.
func anyResult(env map[string]any) types.Map {
	known := types.Map{"result": types.Any}
	for name, value := range env {
		if name != "result" {
			known[name] = types.TypeOf(value)
		}
	}
	return known
}

func isNil(value any) bool {
	if value == nil {
		return true
	}
	switch reflect.TypeOf(value).Kind() {
	case reflect.Map, reflect.Slice:
		return reflect.ValueOf(value).IsNil()
	}
	return false
}

func asInt(value any) int64 {
	switch value := value.(type) {
	case float64:
		return int64(value)
	case int64:
		return value
	case int:
		return int64(value)
	case uint8:
		return int64(value)
	case string:
		number, err := strconv.ParseInt(value, 10, 64)
		must(err)
		return number
	}
	panic(fmt.Sprintf("asInt is not defined on %T", value))
}

func asFloat(value any) float64 {
	switch value := value.(type) {
	case float64:
		return value
	case int64:
		return float64(value)
	case int:
		return float64(value)
	case uint8:
		return float64(value)
	case string:
		return float(value)
	}
	panic(fmt.Sprintf("asFloat is not defined on %T", value))
}
