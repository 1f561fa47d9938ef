//! What is said of a template that cannot be used: where, what, and what to do.

use expect_test::expect;

use super::check;

#[test]
fn a_mistake_of_syntax_has_its_place() {
    check("a\n  {{ .name | nope }}", &expect!["parse template at line 2, character 14: there is no function nope"]);
    check(
        "{{ if .name }}x",
        &expect!["parse template at line 1, character 15: what begins before here is not ended; add {{end}}"],
    );
    check("x{{ end }}", &expect!["parse template at line 1, character 2: there is nothing open to end here"]);
    check("{{ .name", &expect!["parse template at line 1, character 9: the action is not closed; end it by }}"]);
    check("{{ (.name }}", &expect!["parse template at line 1, character 11: a ( is not closed"]);
    check(
        "{{ $x }}",
        &expect!["parse template at line 1, character 4: the variable $x is not declared; write $x := before"],
    );
    check("{{ \"open }}", &expect![[r#"parse template at line 1, character 4: the " is not closed in its line"#]]);
    check(
        "{{ 'ab' }}",
        &expect![
            "parse template at line 1, character 4: single quotes hold one character; use double quotes for a text"
        ],
    );
    check("{{ 1 | 2 }}", &expect!["parse template at line 1, character 8: what stands after | must be a function"]);
    check(
        "{{ .a-b }}",
        &expect!["parse template at line 1, character 6: '-' cannot follow a name; put a space between"],
    );
    check("{{ break }}", &expect!["parse template at line 1, character 4: break stands outside of a range"]);
    check(
        "{{ template name }}",
        &expect!["parse template at line 1, character 13: expected the name of the template, in quotes"],
    );
    check(
        "{{ if 1 }}{{ define \"x\" }}{{ end }}{{ end }}",
        &expect!["parse template at line 1, character 14: a define stands by itself, outside of other actions"],
    );
    check(
        "{{ path.basename == \"prod\" && \"v1\" || \"main\" }}",
        &expect!["parse template at line 1, character 28: '&' has no meaning in an action"],
    );
}

#[test]
fn a_refused_function_says_why() {
    check(
        "{{ env \"HOME\" }}",
        &expect![
            "parse template at line 1, character 4: the function env is refused: a template sees its data only, neither the environment nor the network"
        ],
    );
    check(
        "{{ uuidv4 }}",
        &expect![
            "parse template at line 1, character 4: the function uuidv4 is refused: a template must give the same text each time it is rendered; put the value into the data"
        ],
    );
    check(
        "{{ genCA \"x\" 1 }}",
        &expect![
            "parse template at line 1, character 4: the function genCA is refused: it makes or handles keys and passwords, which belong into a Secret and not into a template"
        ],
    );
    check(
        "{{ tpl .name . }}",
        &expect![
            "parse template at line 1, character 4: the function tpl is refused: texts of the data are not run as templates; use define and template"
        ],
    );
}

#[test]
fn what_does_not_fit_the_data_names_field_and_type() {
    check("{{ .name.first }}", &expect!["render template at line 1, character 4: string has no field or method first"]);
    check(
        "{{ .null.first }}",
        &expect!["render template at line 1, character 4: there is no .first in a null; test it by if or with before"],
    );
    check(
        "{{ upper .replicas }}",
        &expect!["render template at line 1, character 10: expected a string, but this is float64"],
    );
    check(
        "{{ .missing | upper }}",
        &expect!["render template at line 1, character 15: expected a string, but there is no value; use default"],
    );
    check(
        "{{ eq .replicas 5 }}",
        &expect![
            "render template at line 1, character 4: eq: float64 and int cannot be compared; convert one by int64, float64 or toString"
        ],
    );
    check(
        "{{ repeat (add 1 2) \"x\" }}",
        &expect!["render template at line 1, character 11: expected an int (convert by int), but this is int64"],
    );
    check("{{ index .list 7 }}", &expect!["render template at line 1, character 4: index: the index is out of range"]);
    check(
        "{{ range .name }}{{ end }}",
        &expect![
            "render template at line 1, character 10: range cannot go over string; it takes a list, a map or a number"
        ],
    );
    check("{{ upper }}", &expect!["render template at line 1, character 4: upper takes 1 arguments, but got 0"]);
    check(
        "{{ template \"x\" }}",
        &expect![[r#"render template at line 1, character 4: the template "x" is not defined; add {{define "x"}}"#]],
    );
    check(
        "{{ define \"x\" }}\n{{ .a.b }}{{ end }}{{ template \"x\" .name }}",
        &expect![[r#"render template "x" at line 2, character 4: string has no field or method a"#]],
    );
    check(
        "{{ .list \"x\" }}",
        &expect![
            "render template at line 1, character 4: .list is no method but has arguments; to call a function in a map, use call"
        ],
    );
}

#[test]
fn no_message_shows_a_secret() {
    check(
        "{{ fail .secrets.token }}",
        &expect![
            "render template at line 1, character 4: fail: the text is not shown, for it is computed and may hold a secret; give fail a literal"
        ],
    );
    check("{{ fail \"no replicas\" }}", &expect!["render template at line 1, character 4: fail: no replicas"]);
    check(
        "{{ .secrets.token.x }}",
        &expect!["render template at line 1, character 4: string has no field or method x"],
    );
    check(
        "{{ semver .secrets.token }}",
        &expect!["render template at line 1, character 4: semver: the text is no version such as 1.2.3"],
    );
    check(
        "{{ mustFromJson .secrets.token }}",
        &expect!["render template at line 1, character 4: mustFromJson: the text is no JSON at line 1, column 2"],
    );
    check(
        "{{ fromYaml .secrets.token }}",
        &expect![
            "render template at line 1, character 4: fromYaml: the YAML is string, no map; use fromYamlArray for a list"
        ],
    );
    check(
        "{{ regexFind (print \"(\" .secrets.token) \"a\" }}",
        &expect!["render template at line 1, character 4: regexFind: the regular expression is malformed"],
    );
    check(
        "{{ urlParse (print \"http://\" .secrets.token \":x\") }}",
        &expect!["render template at line 1, character 4: urlParse: the port of the URL is no number"],
    );
    check(
        "{{ index .secrets .secrets.token \"x\" }}",
        &expect![
            "render template at line 1, character 4: index: there is nothing to index; test it by if or with before"
        ],
    );
    check(
        "{{ mustToDate \"2006\" .secrets.token }}",
        &expect!["render template at line 1, character 4: mustToDate: the text is no date of this layout"],
    );
    check("{{ dig .secrets.token \"x\" \"d\" .secrets }}", &expect!["d"]);
}
