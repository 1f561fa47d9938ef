//! The ledger of storms: one row for each long run, kept in the repository.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::ops::Range;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// The totals of one run.
#[derive(Clone, Debug)]
pub struct Totals {
    /// The seeds that were played.
    pub seeds: Range<u64>,
    /// How many crash plans were played.
    pub plans: u64,
    /// How many faults struck.
    pub faults: u64,
    /// Of how many kinds.
    pub kinds: usize,
    /// How long it took.
    pub took: Duration,
    /// How many runs went wrong.
    pub failed: usize,
}

/// Appends a row of `| commit | seeds | crash plans | faults | kinds | minutes | failed |` to the file.
pub fn append(path: &Path, totals: &Totals) -> io::Result<()> {
    let row = row(&commit()?, totals);
    OpenOptions::new().append(true).open(path)?.write_all(row.as_bytes())
}

fn row(commit: &str, totals: &Totals) -> String {
    let Totals { seeds, plans, faults, kinds, took, failed } = totals;
    let (from, to, minutes) = (seeds.start, seeds.end, took.as_secs_f64() / 60.0);
    format!("| {commit} | {from}..{to} | {plans} | {faults} | {kinds} | {minutes:.1} | {failed} |\n")
}

/// The commit that is checked out, marked when the tree differs from it.
fn commit() -> io::Result<String> {
    let output = Command::new("git").args(["describe", "--always", "--dirty"]).output()?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_all_totals() {
        let took = Duration::from_secs(90);
        let totals = Totals { seeds: 5..15, plans: 3, faults: 120, kinds: 45, took, failed: 1 };
        assert_eq!(row("abc1234", &totals), "| abc1234 | 5..15 | 3 | 120 | 45 | 1.5 | 1 |\n");
    }
}
