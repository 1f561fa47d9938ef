//! What the tests against Go share: cases by throwing dice, and asking.

use std::path::Path;
use std::process::{Command, Stdio};

/// The same dice in every run.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    #[allow(dead_code, reason = "for one of the tests")]
    pub(crate) fn one_of<'a>(&mut self, texts: &[&'a str]) -> &'a str {
        texts[self.below(texts.len())]
    }

    /// Up to `most` of these characters.
    #[allow(dead_code, reason = "for one of the tests")]
    pub(crate) fn text(&mut self, characters: &str, most: usize) -> String {
        let characters: Vec<char> = characters.chars().collect();
        (0..self.below(most + 1)).map(|_| characters[self.below(characters.len())]).collect()
    }
}

/// The answers kept are answers to these cases.
pub(crate) fn assert_answered(answers: &str, cases: &[String]) {
    let answered: Vec<_> = answers.lines().map(|line| line.rsplit_once('\t').unwrap().0).collect();
    assert!(answered == cases, "regenerate the answers: see oracle/README.md");
}

/// Asks Go, and writes down what it says.
pub(crate) fn ask(cases: &[String], answers: &Path) {
    let input = std::env::temp_dir().join(format!("gitops-cases-{}", std::process::id()));
    std::fs::write(&input, cases.join("\n")).unwrap();
    let output = Command::new("go")
        .args(["run", "."])
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("oracle"))
        .stdin(std::fs::File::open(&input).unwrap())
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    std::fs::remove_file(input).unwrap();
    assert!(output.status.success());
    std::fs::write(answers, output.stdout).unwrap();
}
