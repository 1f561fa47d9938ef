// Command templateoracle says what Go makes of templates, with sprig's functions and those that Argo adds.
//
// It is given the data as a file, and reads one case a line: the template as a JSON string, a tab, and the name of its
// data; behind a name, "!" means missingkey=error. It writes each case back with its outcome: "parse" if it is no
// template, "run" if it does not fit the data, "bytes" if the text is no UTF-8, else "text" and the text.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"text/template"
	"time"
	"unicode/utf8"

	"github.com/Masterminds/sprig/v3"
	"github.com/gosimple/slug"
	"sigs.k8s.io/yaml"
)

var now = time.Date(2026, time.January, 2, 15, 4, 5, 123456789, time.UTC)

func main() {
	time.Local = time.UTC
	file, err := os.ReadFile(os.Args[1])
	must(err)
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for lines.Scan() {
		source, name, _ := strings.Cut(lines.Text(), "\t")
		var text string
		must(json.Unmarshal([]byte(source), &text))
		fmt.Fprintf(out, "%s\t%s\t%s\n", source, name, outcome(text, name, file))
	}
	must(lines.Err())
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func outcome(source, name string, file []byte) string {
	// Templates change their data, so each has its own.
	var all map[string]any
	must(json.Unmarshal(file, &all))
	option := "missingkey=default"
	if plain, strict := strings.CutSuffix(name, "!"); strict {
		name, option = plain, "missingkey=error"
	}
	data, known := all[name]
	if !known {
		panic("no data are named " + name)
	}
	if name == "calls" {
		data = calls()
	}
	parsed, err := template.New("case").Option(option).Funcs(functions()).Parse(source)
	if err != nil {
		return "parse"
	}
	var text strings.Builder
	if parsed.Execute(&text, data) != nil {
		return "run"
	}
	if !utf8.ValidString(text.String()) {
		return "bytes"
	}
	shown, err := json.Marshal(text.String())
	must(err)
	return "text " + string(shown)
}

// calls are variables with functions, as notifications have them.
func calls() map[string]any {
	return map[string]any{
		"time": map[string]any{
			"Now": func() time.Time { return now },
			"Parse": func(text string) time.Time {
				parsed, err := time.Parse(time.RFC3339, text)
				must(err)
				return parsed
			},
			"Minute": time.Minute,
			"Hour":   time.Hour,
		},
		"strings": map[string]any{
			"ReplaceAll": strings.ReplaceAll,
			"ToUpper":    strings.ToUpper,
			"ToLower":    strings.ToLower,
		},
		"at": "2024-03-05T14:07:09+01:00",
	}
}

func functions() template.FuncMap {
	all := sprig.TxtFuncMap()
	all["now"] = func() time.Time { return now }
	all["ago"] = func(date any) string {
		moment := now
		switch date := date.(type) {
		case time.Time:
			moment = date
		case int64:
			moment = time.Unix(date, 0)
		case int:
			moment = time.Unix(int64(date), 0)
		}
		return now.Sub(moment).Round(time.Second).String()
	}
	// What Argo CD adds for ApplicationSets.
	all["normalize"] = normalize
	all["slugify"] = slugify
	all["toYaml"] = func(value any) (string, error) {
		text, err := yaml.Marshal(value)
		return strings.TrimSuffix(string(text), "\n"), err
	}
	all["fromYaml"] = func(text string) (map[string]any, error) {
		value := map[string]any{}
		err := yaml.Unmarshal([]byte(text), &value)
		return value, err
	}
	all["fromYamlArray"] = func(text string) ([]any, error) {
		value := []any{}
		err := yaml.Unmarshal([]byte(text), &value)
		return value, err
	}
	return all
}

var outsideOfNames = regexp.MustCompile("[^-a-z0-9.]")

func normalize(name string) string {
	name = outsideOfNames.ReplaceAllString(strings.ToLower(name), "-")
	return strings.Trim(name[:min(len(name), 253)], "-.")
}

func slugify(args ...any) string {
	size, smart, text := 50, false, ""
	for index, arg := range args {
		switch index {
		case 0:
			size = arg.(int)
		case 1:
			smart = arg.(bool)
		case 2:
			text = arg.(string)
		}
	}
	slug.EnableSmartTruncate = smart
	slug.MaxLength = size
	slug.CustomRuneSub = map[rune]string{'_': "-"}
	return slug.Make(text)
}
