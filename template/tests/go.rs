//! Templates mean what they mean to Go: our texts against those of text/template and sprig, kept in `go_answers.tsv`.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "go/generate.rs"]
mod generate;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};

use jiff::Timestamp;
use sluice_template::{Context, FailTexts, MissingKey, Moment, Template, Value};

const ANSWERS: &str = include_str!("go_answers.tsv");
const WRITTEN: &str = include_str!("go_cases.txt");
const DATA: &str = include_str!("go_data.json");
const DIFFERENCES: &str = include_str!("go_differences.txt");

fn context(data: &str) -> Context {
    let mut context = Context::at("2026-01-02T15:04:05.123456789Z".parse().unwrap());
    context.fail_texts = FailTexts::All;
    if data.ends_with('!') {
        context.missing_key = MissingKey::Error;
    }
    if data == "calls" {
        context.variables = calls(context.now);
    }
    context
}

/// Variables with functions, as notifications have them.
fn calls(now: Timestamp) -> Vec<(String, Value)> {
    fn text(args: &[Value], index: usize) -> Result<&str, String> {
        args.get(index).and_then(Value::as_text).ok_or_else(|| "takes texts".to_owned())
    }
    fn exactly(args: &[Value], count: usize) -> Result<(), String> {
        if args.len() == count { Ok(()) } else { Err(format!("takes {count} arguments")) }
    }
    let map =
        |entries: Vec<(&str, Value)>| Value::map(entries.into_iter().map(|(name, value)| (name.to_owned(), value)));
    let time = map(vec![
        ("Now", Value::function("Now", move |args| exactly(args, 0).map(|()| Value::Time(Moment::utc(now))))),
        (
            "Parse",
            Value::function("Parse", |args| {
                let moment = Moment::parse("2006-01-02T15:04:05Z07:00", text(args, 0)?);
                moment.map(Value::Time).ok_or_else(|| "takes RFC 3339".to_owned())
            }),
        ),
        ("Minute", Value::Duration(60_000_000_000)),
        ("Hour", Value::Duration(3_600_000_000_000)),
    ]);
    let strings = map(vec![
        (
            "ReplaceAll",
            Value::function("ReplaceAll", |args| {
                Ok(Value::text(text(args, 0)?.replace(text(args, 1)?, text(args, 2)?)))
            }),
        ),
        ("ToUpper", Value::function("ToUpper", |args| Ok(Value::text(text(args, 0)?.to_uppercase())))),
        ("ToLower", Value::function("ToLower", |args| Ok(Value::text(text(args, 0)?.to_lowercase())))),
    ]);
    let at = Value::text("2024-03-05T14:07:09+01:00");
    vec![("time".to_owned(), time), ("strings".to_owned(), strings), ("at".to_owned(), at)]
}

fn our_answer(source: &str, data: &str, all: &serde_json::Value) -> String {
    let Ok(template) = Template::parse(source) else { return "parse".to_owned() };
    match template.render(&all[data.trim_end_matches('!')], &context(data)) {
        Ok(text) => format!("text {}", serde_json::Value::from(text)),
        Err(_) => "run".to_owned(),
    }
}

/// Every text of the data that is long enough to be known again.
fn texts(value: &serde_json::Value, into: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::String(text) if text.len() >= 5 => {
            into.insert(text.clone());
        }
        serde_json::Value::Array(values) => values.iter().for_each(|value| texts(value, into)),
        serde_json::Value::Object(values) => values.values().for_each(|value| texts(value, into)),
        _ => (),
    }
}

#[test]
fn no_error_shows_a_value_of_the_data() {
    let all: serde_json::Value = serde_json::from_str(DATA).unwrap();
    let mut secret = BTreeSet::new();
    texts(&all, &mut secret);
    let mut errors = 0;
    for (source, data, _) in answers() {
        let Ok(template) = Template::parse(&source) else { continue };
        let context = Context { fail_texts: FailTexts::Literal, ..context(data) };
        let Err(error) = template.render(&all[data.trim_end_matches('!')], &context) else { continue };
        let error = error.to_string();
        let shown = secret.iter().find(|text| error.contains(*text) && !source.contains(*text));
        assert!(shown.is_none(), "{source}: {error} shows {shown:?}");
        errors += 1;
    }
    assert!(errors > 1000);
}

/// Both sides write texts in their own JSON escapes.
fn same(go: &str, ours: &str) -> bool {
    let plain = |answer: &str| answer.strip_prefix("text ").map(|text| serde_json::from_str::<String>(text).unwrap());
    if go.starts_with("text ") && ours.starts_with("text ") { plain(go) == plain(ours) } else { go == ours }
}

/// Where we differ from Go on purpose: the template, our answer; the reasons are comments in the file.
fn differences() -> impl Iterator<Item = (&'static str, &'static str)> {
    let lines = DIFFERENCES.lines().filter(|line| !line.is_empty() && !line.starts_with("//"));
    lines.map(|line| line.split_once('\t').unwrap_or_else(|| panic!("{line}: a tab is missing")))
}

fn answers() -> impl Iterator<Item = (String, &'static str, &'static str)> {
    ANSWERS.lines().map(|line| {
        let [source, data, go] = line.splitn(3, '\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        (serde_json::from_str(source).unwrap(), data, go)
    })
}

#[test]
fn every_template_means_what_it_means_to_go() {
    let all: serde_json::Value = serde_json::from_str(DATA).unwrap();
    let wanted: Vec<_> = differences().collect();
    let mut wrong = Vec::new();
    for (source, data, go) in answers() {
        let shown = source.replace('\n', "⏎");
        let expected = wanted.iter().find(|(template, _)| *template == shown).map_or(go, |(_, ours)| ours);
        let ours = our_answer(&source, data, &all);
        if !same(expected, &ours) {
            wrong.push(format!("{shown}\n  on {data}\n  Go   {go}\n  ours {ours}"));
        }
    }
    let shown: Vec<_> = wrong.iter().take(40).cloned().collect();
    assert!(wrong.is_empty(), "{} differ, such as\n{}", wrong.len(), shown.join("\n"));
}

#[test]
fn every_difference_is_one() {
    let all: Vec<_> = answers().map(|(source, _, go)| (source.replace('\n', "⏎"), go)).collect();
    for (template, ours) in differences() {
        let go = all.iter().find(|(source, _)| source == template).map(|(_, go)| *go);
        assert!(go.is_some_and(|go| !same(go, ours)), "{template}: Go says {go:?} too, or was not asked");
    }
}

#[test]
fn the_answers_are_many_and_of_every_kind() {
    assert!(answers().count() >= 3000);
    for kind in ["text", "parse", "run"] {
        let share = answers().filter(|(_, _, go)| go.starts_with(kind)).count();
        assert!(share >= 100, "only {share} of kind {kind}");
    }
}

#[test]
fn every_function_is_asked_for() {
    let sources: Vec<String> = answers().map(|(source, ..)| source).collect();
    let called = |name: &str| {
        let calls = |source: &String| {
            source.split(|char: char| !char.is_alphanumeric() && char != '_').any(|word| word == name)
        };
        sources.iter().any(calls)
    };
    let missing: Vec<_> = sluice_template::Functions::names().filter(|name| !called(name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn the_answers_are_those_of_the_cases() {
    let answered: Vec<String> = ANSWERS.lines().map(|line| line.rsplit_once('\t').unwrap().0.to_owned()).collect();
    assert!(answered == cases(), "regenerate the answers: see go/README.md");
}

/// Every case as the oracle reads it: hand-written first, then generated.
fn cases() -> Vec<String> {
    let mut seen = BTreeSet::new();
    let written = WRITTEN.lines().filter(|line| !line.is_empty() && !line.starts_with("//")).map(|line| {
        let (template, data) = line.split_once('\t').unwrap_or((line, "usual"));
        (template.replace('⏎', "\n").replace('⇥', "\t"), data.to_owned())
    });
    let generated = generate::cases().map(|template| (template, "usual".to_owned()));
    written
        .chain(generated)
        .map(|(template, data)| format!("{}\t{data}", serde_json::Value::from(template)))
        .filter(|case| seen.insert(case.clone()))
        .collect()
}

fn ask_go() -> Vec<u8> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let input = std::env::temp_dir().join(format!("template-cases-{}", std::process::id()));
    std::fs::write(&input, cases().join("\n")).unwrap();
    let output = Command::new("go")
        .args(["run", ".", "../go_data.json"])
        .current_dir(tests.join("go"))
        .stdin(std::fs::File::open(&input).unwrap())
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    std::fs::remove_file(input).unwrap();
    assert!(output.status.success());
    output.stdout
}

#[test]
#[ignore = "asks Go"]
fn go_still_answers_the_same() {
    assert!(ask_go() == ANSWERS.as_bytes(), "regenerate the answers: see go/README.md");
}

#[test]
#[ignore = "asks Go, and rewrites the answers"]
fn regenerate() {
    let answers = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/go_answers.tsv");
    std::fs::write(answers, ask_go()).unwrap();
}
