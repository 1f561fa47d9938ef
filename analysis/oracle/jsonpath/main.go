// Command jsonpath says what client-go makes of JSON paths, as the Go rollouts controller uses them.
//
// It reads one case a line, a path and a document separated by a tab, and writes each back with its outcome: "parse",
// "run", "none", or the first value found, as JSON.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"k8s.io/client-go/util/jsonpath"
)

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		path, document, _ := strings.Cut(lines.Text(), "\t")
		fmt.Printf("%s\t%s\t%s\n", path, document, outcome(path, document))
	}
}

func outcome(path, document string) (answer string) {
	defer func() {
		if recover() != nil {
			answer = "run"
		}
	}()
	parser := jsonpath.New("metrics")
	if parser.Parse(path) != nil {
		return "parse"
	}
	var data any
	if err := json.Unmarshal([]byte(document), &data); err != nil {
		panic(err)
	}
	results, err := parser.FindResults(data)
	if err != nil {
		return "run"
	}
	for _, values := range results {
		for _, value := range values {
			text, err := json.Marshal(value.Interface())
			if err != nil {
				return "run"
			}
			return string(text)
		}
	}
	return "none"
}
