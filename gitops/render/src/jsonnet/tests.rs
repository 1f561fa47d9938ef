use super::evaluate::evaluate;
use super::*;

fn ask(files: &[(&str, &str)]) -> Question {
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect();
    Question { main: "app/main.jsonnet".to_owned(), files, ..Question::default() }
}

fn value(json: &str) -> Answer {
    Answer::Value(json.to_owned())
}

fn variable(value: &str, code: bool) -> Variable {
    Variable { value: value.to_owned(), code }
}

#[test]
fn a_program_is_worth_json() {
    assert_eq!(
        evaluate(&ask(&[("app/main.jsonnet", "{a: 1 + 2, b: [std.length('ab')]}")])),
        value(r#"{"a":3,"b":[2]}"#)
    );
}

#[test]
fn external_variables_and_arguments_are_text_or_code() {
    let text = "function(n, s='none') {n: n, s: s, x: std.extVar('x'), y: std.extVar('y')}";
    let mut question = ask(&[("app/main.jsonnet", text)]);
    question.external.insert("x".to_owned(), variable("1 + 1", false));
    question.external.insert("y".to_owned(), variable("1 + 1", true));
    question.arguments.insert("n".to_owned(), variable("[1]", true));
    assert_eq!(evaluate(&question), value(r#"{"n":[1],"s":"none","x":"1 + 1","y":2}"#));
}

#[test]
fn imports_are_looked_for_beside_the_file_then_in_the_last_folder_first() {
    let main = "(import 'a.libsonnet') + {text: importstr 'text.txt'}";
    let mut question = ask(&[("app/main.jsonnet", main)]);
    question.folders = vec!["app".to_owned(), "lib/one".to_owned(), "lib/two".to_owned()];
    let mut wanted = Vec::new();
    for _ in 0..3 {
        let Answer::Wants(path) = evaluate(&question) else { panic!() };
        wanted.push(path.clone());
        question.absent.insert(path);
    }
    assert_eq!(wanted, ["app/a.libsonnet", "lib/two/a.libsonnet", "lib/one/a.libsonnet"]);
    question.files.insert("lib/one/a.libsonnet".to_owned(), b"import 'deep/b.libsonnet'".to_vec());
    assert_eq!(evaluate(&question), Answer::Wants("lib/one/deep/b.libsonnet".to_owned()));
    question.files.insert("lib/one/deep/b.libsonnet".to_owned(), b"{b: 1}".to_vec());
    question.files.insert("app/text.txt".to_owned(), b"hi".to_vec());
    assert_eq!(evaluate(&question), value(r#"{"b":1,"text":"hi"}"#));
}

#[test]
fn no_import_leaves_the_repository() {
    for path in ["/etc/passwd", "../../etc/passwd", "../app/../../x"] {
        let text = format!("importstr '{path}'");
        assert_eq!(evaluate(&ask(&[("app/main.jsonnet", &text)])), Answer::Escapes(path.to_owned()));
    }
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    for (text, said) in [
        ("{\n  a: error 'no ' + 'way',\n}", "app/main.jsonnet:2: no way"),
        ("{a: b}", "app/main.jsonnet:1: unknown variable b"),
        ("{a: }", "app/main.jsonnet:1: simple was not expected here"),
        (
            "std.extVar('env')",
            "app/main.jsonnet:1: external variable env is not given: add it to directory.jsonnet.extVars",
        ),
        ("function(n) n", "parameter n is not given: add it to directory.jsonnet.tlas"),
        ("{a: {}.x}", "app/main.jsonnet:1: there is no field x"),
        ("assert 1 == 2 : 'odd'; {}", "app/main.jsonnet:1: odd"),
        ("local f(n) = f(n + 1) + 1; f(1)", "app/main.jsonnet:1: stack overflow"),
    ] {
        assert_eq!(evaluate(&ask(&[("app/main.jsonnet", text)])), Answer::Refused(said.to_owned()), "{text}");
    }
}
