//! Versions and ranges mean what they mean to Go: our answers against those kept in `cases.tsv`.

use std::path::Path;
use std::process::{Command, Stdio};

use super::*;

const ANSWERS: &str = include_str!("cases.tsv");

const VERSIONS: [&str; 26] = [
    "0.0.0",
    "0.0.1",
    "0.0.3",
    "0.1.0",
    "0.2.3",
    "0.2.9",
    "1.0.0",
    "1.1.0",
    "1.2.0",
    "1.2.3",
    "1.2.4",
    "1.3.0",
    "1.10.0",
    "2.0.0",
    "2.1.5",
    "3.0.0",
    "v1.2.3",
    "1.2",
    "1",
    "1.2.3-alpha",
    "1.2.3-alpha.1",
    "1.3.0-rc.1",
    "2.0.0-0",
    "0.0.0-1",
    "1.2.3+build.5",
    "01.2.3",
];

const RANGES: [&str; 92] = [
    "*",
    "x",
    "X",
    "",
    " ",
    "1",
    "v1",
    "1.x",
    "1.*",
    "1.2.x",
    "1.2",
    "1.2.3",
    "v1.2.3",
    "=1.2.3",
    "= 1.2.3",
    "==1.2.3",
    "1.x.x",
    "1.x.3",
    "x.2.3",
    ">1",
    ">1.2",
    ">1.2.3",
    ">=1",
    ">=1.2",
    ">=1.2.3",
    "=>1.2.3",
    "<1",
    "<1.2",
    "<1.2.3",
    "<=1",
    "<=1.2",
    "<=1.2.3",
    "=<1.2.3",
    "<=0",
    "<=x",
    ">x",
    "<x",
    "!=1",
    "!=1.2",
    "!=1.2.3",
    "!=1.2.x",
    "!=x",
    "!=1.2-alpha",
    "~1",
    "~1.2",
    "~1.2.3",
    "~>1.2",
    "~0",
    "~0.0",
    "~0.0.0",
    "~x",
    "^1",
    "^1.2",
    "^1.2.3",
    "^0",
    "^0.0",
    "^0.0.3",
    "^0.2",
    "^0.2.3",
    "^x",
    "^1.x",
    "^2.0.0-0",
    "^1.2.3-alpha",
    ">=1.0.0-0",
    ">=1.2.3-alpha, <2",
    "<2.0.0-0",
    ">1.2.3-alpha <1.3",
    "~1.2.3-alpha",
    ">=1 <2",
    ">=1,<2",
    ">=1, <2",
    ">=1 , <2",
    ">=1<2",
    ">=1,,<2",
    ",1",
    "1,",
    "1 || 2",
    "1||2.1.x",
    "1 ||",
    "|| 1",
    "1 | 2",
    "1.2 - 1.4",
    "1.2.3 - 2",
    "1 - 2 || 3.x",
    "<5, 1 - 2",
    "<5 1 - 2",
    ">1 - 2",
    "1 -2",
    "1- 2",
    "01.2.x",
    "main",
    "1.2.3.4",
];

/// Everything as people write it, and as dice do.
fn cases() -> Vec<String> {
    let mut cases = Vec::new();
    for range in RANGES {
        cases.extend(VERSIONS.iter().map(|version| format!("{range}\t{version}")));
    }
    let mut dice = Dice(7);
    let words = [
        "1", "2", "0", "10", ".", ".", "x", "*", "-", "-alpha", "-0", "~", "^", ">", "<", "=", ">=", "<=", "!=", " ",
        ", ", "||", " - ", "v", "+b",
    ];
    for _ in 0..6000 {
        let count = 1 + dice.below(9);
        let range: String = (0..count).map(|_| words[dice.below(words.len())]).collect();
        cases.push(format!("{range}\t{}", VERSIONS[dice.below(VERSIONS.len())]));
    }
    let pre = [
        "",
        "-alpha",
        "-alpha.1",
        "-alpha.beta",
        "-beta",
        "-beta.2",
        "-beta.11",
        "-rc.1",
        "-1",
        "-2",
        "-11",
        "-a-b",
        "--1",
    ];
    for one in pre {
        cases.extend(pre.iter().map(|other| format!("cmp 1.0.0{one}\t1.0.0{other}")));
    }
    cases
}

struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }
}

fn ours(asked: &str, version: &str) -> String {
    if let Some(one) = asked.strip_prefix("cmp ") {
        return (Version::parse(one).unwrap().cmp(&Version::parse(version).unwrap()) as i8).to_string();
    }
    if Version::parse(asked).is_some() {
        return "pin".to_owned();
    }
    let (Some(range), version) = (Constraint::parse(asked), Version::parse(version)) else { return "parse".to_owned() };
    match version {
        None => "version",
        Some(version) if range.admits(&version) => "yes",
        Some(_) => "no",
    }
    .to_owned()
}

#[test]
fn every_range_means_what_it_means_to_go() {
    let mut wrong = Vec::new();
    for line in ANSWERS.lines() {
        let parts: Vec<&str> = line.split('\t').collect();
        let ours = ours(parts[0], parts[1]);
        if ours != parts[2] {
            wrong.push(format!("{:?} of {:?}: Go {}, ours {ours}", parts[1], parts[0], parts[2]));
        }
    }
    let shown: Vec<_> = wrong.iter().take(40).cloned().collect();
    assert!(wrong.is_empty(), "{} of {} differ, such as\n{}", wrong.len(), ANSWERS.lines().count(), shown.join("\n"));
}

#[test]
fn the_answers_are_those_of_the_cases_and_of_every_kind() {
    let answered: Vec<_> = ANSWERS.lines().map(|line| line.rsplit_once('\t').unwrap().0).collect();
    assert!(answered == cases(), "regenerate the answers: see oracle/README.md");
    for (answer, least) in [("yes", 400), ("no", 1000), ("parse", 1000), ("pin", 50)] {
        let count = ANSWERS.lines().filter(|line| line.ends_with(&format!("\t{answer}"))).count();
        assert!(count >= least, "only {count} answers are {answer}");
    }
}

#[test]
#[ignore = "asks Go, and rewrites the answers"]
fn regenerate() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let input = std::env::temp_dir().join(format!("render-cases-{}", std::process::id()));
    std::fs::write(&input, cases().join("\n")).unwrap();
    let mut go = Command::new("go");
    go.args(["run", "."]).current_dir(package.join("oracle")).stdin(std::fs::File::open(&input).unwrap());
    let output = go.stderr(Stdio::inherit()).output().unwrap();
    std::fs::remove_file(input).unwrap();
    assert!(output.status.success());
    std::fs::write(package.join("src/version/cases.tsv"), output.stdout).unwrap();
}
