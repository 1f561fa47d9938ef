//! The document that explains all this shows what the program really says.

use std::path::Path;
use std::process::ExitCode;

use anstream::adapter::strip_str;
use clap::Parser;
use expect_test::expect_file;

use crate::args::{Cli, Command, Output};
use crate::simulate::case::Case;
use crate::simulate::play::play;
use crate::simulate::scenario::Scenario;
use crate::simulate::{read, shown};

const PROMPT: &str = "$ kubectl sluice simulate";

/// What a command line shows. Files are those beside the document.
fn shows(line: &str) -> String {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/simulate");
    let words = line.trim_start_matches("$ kubectl ").split_whitespace();
    let mut wanted = match Cli::try_parse_from(words).unwrap().command {
        Command::Simulate(wanted) => wanted,
        other => panic!("{other:?}"),
    };
    wanted.files = wanted.files.iter().map(|file| beside.join(file)).collect();
    wanted.scenario = wanted.scenario.map(|file| beside.join(file));
    let case = Case::of(read::objects(&wanted.files).unwrap(), wanted.name.as_deref(), None).unwrap();
    let tale = play(&case, &Scenario::of(&wanted, case.spec.steps().len()).unwrap()).unwrap();
    let lines = shown(&tale, wanted.output).unwrap();
    let status = if wanted.output == Output::Text { status(tale.outcome.end.exit_code()) } else { "" };
    let lines: Vec<String> = lines.iter().map(|line| strip_str(line).to_string()).collect();
    format!("{}\n{status}", lines.join("\n"))
}

fn status(code: ExitCode) -> &'static str {
    let statuses = [(0, ""), (3, "(exit status 3)\n"), (4, "(exit status 4)\n")];
    statuses.iter().find(|(status, _)| ExitCode::from(*status) == code).unwrap().1
}

/// The document with the output below each command line as it is now.
fn renewed(document: &str) -> String {
    let mut renewed = String::new();
    let mut inside = false;
    for line in document.lines() {
        inside &= line != "```";
        if !inside {
            renewed += line;
            renewed += "\n";
        }
        if line.starts_with(PROMPT) && !line.contains('>') {
            renewed += &shows(line);
            inside = true;
        }
    }
    renewed
}

#[test]
fn the_document_shows_what_the_program_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/simulate.md");
    let document = std::fs::read_to_string(path).unwrap();
    assert!(document.contains(PROMPT));
    expect_file!["../../../../docs/simulate.md"].assert_eq(&renewed(&document));
}

#[test]
fn the_document_s_picture_is_what_the_program_draws() {
    let picture = shows("$ kubectl sluice simulate -f twelve-steps.yaml -o svg");
    expect_file!["../../../../docs/simulate/twelve-steps.svg"].assert_eq(&picture);
}

#[test]
fn programs_are_told_the_same_in_json_and_in_yaml() {
    let line = "$ kubectl sluice simulate -f canary.yaml";
    let json: serde_json::Value = serde_json::from_str(&shows(&format!("{line} -o json"))).unwrap();
    let yaml: serde_json::Value = serde_saphyr::from_str(&shows(&format!("{line} -o yaml"))).unwrap();
    assert!(json["outcome"].is_object(), "{json}");
    assert_eq!(json, yaml);
}
