//! Whole simulations, told as text.

#![allow(clippy::unwrap_used)]

mod document;
mod refused;
mod stories;

use std::path::Path;

use anstream::adapter::strip_str;
use anyhow::Result;
use expect_test::Expect;

use super::case::Case;
use super::play::play;
use super::scenario::Scenario;
use super::tale::Tale;
use super::{read, text};

/// A file of the documentation's examples.
fn example(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/simulate").join(name);
    std::fs::read_to_string(path).unwrap()
}

/// Simulates manifests with a scenario.
fn simulated(manifests: &str, scenario: &str) -> Result<Tale> {
    let case = Case::of(read::parse(manifests)?, None, None)?;
    let scenario = Scenario::parse(scenario, case.spec.steps().len())?;
    play(&case, &scenario)
}

/// The lines of a simulation, as a terminal without colours shows them.
fn told(tale: &Tale) -> String {
    let mut lines: Vec<String> = text::lines(tale).iter().map(|line| strip_str(line).to_string()).collect();
    lines.push(String::new());
    lines.join("\n")
}

/// Simulates, and compares what happened; the head is left out.
fn check(manifests: &str, scenario: &str, expected: &Expect) {
    let tale = simulated(manifests, scenario).unwrap();
    let told = told(&tale);
    expected.assert_eq(told.split_once("\n\n").unwrap().1);
}
