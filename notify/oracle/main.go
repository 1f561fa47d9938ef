// What Go makes of templates, with the functions that the established controllers give them.
//
// Reads lines of a template, a tab and its variables, both in JSON; writes the text, or what is wrong, in JSON.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig/v3"
)

func written(source string, variables any) string {
	functions := sprig.TxtFuncMap()
	delete(functions, "env")
	delete(functions, "expandenv")
	parsed, err := template.New("it").Funcs(functions).Parse(source)
	if err != nil {
		return "error: " + err.Error()
	}
	var text strings.Builder
	if err := parsed.Execute(&text, variables); err != nil {
		return "error: " + err.Error()
	}
	return text.String()
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		source, given, _ := strings.Cut(lines.Text(), "\t")
		var text string
		var variables any
		if json.Unmarshal([]byte(source), &text) != nil || json.Unmarshal([]byte(given), &variables) != nil {
			panic(lines.Text())
		}
		answer, err := json.Marshal(written(text, variables))
		if err != nil {
			panic(err)
		}
		fmt.Println(string(answer))
	}
}
