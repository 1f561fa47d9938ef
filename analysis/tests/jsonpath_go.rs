//! JSON paths lead where client-go says they do: our answers against those kept in `jsonpath_cases.tsv`.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use sluice_analysis::provider::web::jsonpath::JsonPath;

const ANSWERS: &str = include_str!("jsonpath_cases.tsv");

/// Where we differ from client-go on purpose: a part of the path, what Go says, what we say, and why.
const DIFFERENCES: &[(&str, &str, &str, &str)] = &[
    ("{", "run", "null", "an answer that is null is an empty one"),
    ("{[", "run", "none", "an answer that is null is an empty one"),
    (":0]", "run", "parse", "a step that is not above 0 is told before anything is measured"),
    (":-1]", "run", "parse", "a step that is not above 0 is told before anything is measured"),
    ("@.value==3)", "run", "\"web\"", "Go compares no whole number of a path with a number of JSON"),
    ("@.value>5)", "run", "\"api\"", "Go compares no whole number of a path with a number of JSON"),
    ("@.name=\"web\")", "run", "parse", "a comparison that does not exist is told before anything is measured"),
    ("{end}", "run", "parse", "an end without a range is told before anything is measured"),
    ("{items}", "run", "parse", "a field is written .items; told before anything is measured"),
    ("{foo", "run", "parse", "a word that does not exist is told before anything is measured"),
];

fn our_answer(path: &str, document: &str) -> String {
    let Ok(path) = JsonPath::parse(path) else { return "parse".to_owned() };
    let document: Value = serde_json::from_str(document).unwrap();
    match path.first(&document) {
        Ok(Some(value)) => value.to_string(),
        Ok(None) => "none".to_owned(),
        Err(_) => "run".to_owned(),
    }
}

/// Go writes 3.0 as 3: both are read as floats.
fn same(go: &str, ours: &str) -> bool {
    let read = |text: &str| serde_json::from_str::<Value>(text).map(sluice_analysis::condition::Value::from);
    match (read(go), read(ours)) {
        (Ok(go), Ok(ours)) => go == ours,
        _ => go == ours,
    }
}

#[test]
fn paths_lead_where_client_go_says() {
    let mut wrong = Vec::new();
    for line in ANSWERS.lines() {
        let [path, document, go] = line.splitn(3, '\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let ours = our_answer(path, document);
        let differs =
            |(part, theirs, own, _): &(&str, &str, &str, &str)| path.contains(part) && *theirs == go && *own == ours;
        if !same(go, &ours) && !DIFFERENCES.iter().any(differs) {
            let start = document.get(..20).unwrap_or(document);
            wrong.push(format!("{path} of {start}: Go says {go}, we say {ours}\n"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), ANSWERS.lines().count(), wrong.concat());
}

#[test]
#[ignore = "needs Go and its module proxy"]
fn regenerate() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let cases = std::fs::File::open(folder.join("tests/jsonpath_cases.txt")).unwrap();
    let mut go = Command::new("go");
    go.args(["run", "./jsonpath"]).current_dir(folder.join("oracle")).stdin(Stdio::from(cases));
    let answers = go.output().unwrap();
    assert!(answers.status.success(), "{}", String::from_utf8_lossy(&answers.stderr));
    std::fs::write(folder.join("tests/jsonpath_cases.tsv"), answers.stdout).unwrap();
}
