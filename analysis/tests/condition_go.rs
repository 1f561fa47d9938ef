//! Conditions mean what they mean to Go: our answers against those of expr-lang, kept in `condition_cases.tsv`.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "condition_go/generate.rs"]
mod generate;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};

use sluice_analysis::condition::{Condition, ConditionError, Value};

const ANSWERS: &str = include_str!("condition_cases.tsv");
const WRITTEN: &str = include_str!("condition_cases.txt");
/// Measurements a hand-written condition meets unless it names its own.
const USUAL: &[&str] = &["0.5", "floats 0.99 2", "floats", "[1,2]", r#"{"a":1,"b":"x"}"#, r#""12""#, "null"];

/// Where we differ from Go on purpose: the condition, what we say, and why.
const DIFFERENCES: &[(&str, &str, &str)] = &[
    (r#"asFloat("0x1p-2")"#, "run", "a hexadecimal float in a text is no measurement"),
    ("result.foo()", "parse", "there are no methods, so the mistake is told before anything is measured"),
    ("len", "parse", "a function is no value of a condition"),
    ("$env.result", "parse", "result says the same"),
    (r#"b"ab""#, "parse", "no measurement holds bytes"),
    (r#"date("2024-01-01")"#, "parse", "no measurement holds a date"),
    (r#"duration("1h")"#, "parse", "no measurement holds a duration"),
    (r#"toBase64("a")"#, "parse", "no condition needs it"),
    ("[3, findLastIndex([1], # > 5)]", r#"array "[3 <nil>]""#, "Go's backward loops leave strays among the operands"),
    ("findIndex([1], # > 5) in 1..4", r#"bool "false""#, "Go compares nil with the range's ends"),
    (r#""é"[1:]"#, "run", "half a character is no text"),
    ("bitand(1, 2)", "parse", "no condition needs it"),
];

fn measurement(text: &str) -> Value {
    let number = |text: &str| text.parse::<f64>().unwrap();
    if let Some(numbers) = text.strip_prefix("floats") {
        return numbers.split_whitespace().map(number).collect::<Vec<f64>>().into();
    }
    match text.strip_prefix("float ") {
        Some(text) => number(text).into(),
        None => serde_json::from_str::<serde_json::Value>(text).unwrap().into(),
    }
}

fn our_answer(expression: &str, result: &str) -> String {
    let answer = Condition::parse(expression).and_then(|condition| condition.evaluate(&measurement(result)));
    match answer {
        Ok(value) => format!("{} {}", value.type_name(), serde_json::Value::from(value.to_string())),
        Err(ConditionError::TooLong(_) | ConditionError::Parse(..)) => "parse".to_owned(),
        Err(_) => "run".to_owned(),
    }
}

/// Go writes texts in its own JSON escapes; both sides are read back.
fn same(go: &str, ours: &str) -> bool {
    let parts = |answer: &str| {
        let (kind, text) = answer.split_once(' ').unwrap_or((answer, "\"\""));
        (kind.to_owned(), serde_json::from_str::<String>(text).unwrap())
    };
    parts(go) == parts(ours)
}

fn expected(expression: &str, go: &str) -> String {
    let differs = DIFFERENCES.iter().find(|(condition, ..)| *condition == expression);
    differs.map_or(go, |(_, ours, _)| ours).to_owned()
}

#[test]
fn every_condition_means_what_it_means_to_go() {
    let mut wrong = Vec::new();
    for line in ANSWERS.lines() {
        let [source, result, go] = line.splitn(3, '\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let expression: String = serde_json::from_str(source).unwrap();
        let ours = our_answer(&expression, result);
        if !same(&expected(&expression, go), &ours) {
            wrong.push(format!("{expression}\n  on {result}\n  Go   {go}\n  ours {ours}"));
        }
    }
    let shown: Vec<_> = wrong.iter().take(40).cloned().collect();
    assert!(wrong.is_empty(), "{} differ, such as\n{}", wrong.len(), shown.join("\n"));
}

#[test]
fn the_answers_are_many_and_of_every_kind() {
    assert!(ANSWERS.lines().count() >= 2000);
    let share = |kind: &str| ANSWERS.lines().filter(|line| line.split('\t').nth(2).unwrap().starts_with(kind)).count();
    for kind in ["bool", "int", "float", "string", "array", "map", "nil", "parse", "run"] {
        assert!(share(kind) >= 20, "only {} of kind {kind}", share(kind));
    }
}

#[test]
fn the_answers_are_those_of_the_cases() {
    let answered: Vec<String> = ANSWERS.lines().map(|line| line.rsplit_once('\t').unwrap().0.to_owned()).collect();
    assert!(answered == cases(), "regenerate the answers: see oracle/README.md");
}

/// Every case as the oracle reads it: hand-written first, then generated.
fn cases() -> Vec<String> {
    let mut seen = BTreeSet::new();
    let written =
        WRITTEN.lines().filter(|line| !line.is_empty() && !line.starts_with("//")).flat_map(|line| {
            match line.split_once('\t') {
                Some((expression, result)) => vec![(expression.to_owned(), result.to_owned())],
                None => USUAL.iter().map(|result| (line.to_owned(), (*result).to_owned())).collect(),
            }
        });
    written
        .chain(generate::cases())
        .map(|(expression, result)| format!("{}\t{result}", serde_json::Value::from(expression)))
        .filter(|case| seen.insert(case.clone()))
        .collect()
}

#[test]
#[ignore = "asks Go, and rewrites the answers"]
fn regenerate() {
    let crate_root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let input = std::env::temp_dir().join(format!("condition-cases-{}", std::process::id()));
    std::fs::write(&input, cases().join("\n")).unwrap();
    let output = Command::new("go")
        .args(["run", "."])
        .current_dir(crate_root.join("oracle"))
        .stdin(std::fs::File::open(&input).unwrap())
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    std::fs::remove_file(input).unwrap();
    assert!(output.status.success());
    std::fs::write(crate_root.join("tests/condition_cases.tsv"), output.stdout).unwrap();
}
