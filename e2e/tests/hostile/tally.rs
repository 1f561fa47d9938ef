//! What came of it all, counted.

use std::cell::RefCell;

use anyhow::{Result, ensure};

/// What one value came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The API server refused it.
    Refused,
    /// The controller reported the field.
    Reported,
    /// It was taken.
    Accepted,
}

/// Counts of one kind's fields and values, and everything that went otherwise than it must.
#[derive(Default)]
pub(crate) struct Tally {
    counts: RefCell<Counts>,
    misses: RefCell<Vec<String>>,
}

#[derive(Clone, Copy, Default)]
struct Counts {
    leaves: usize,
    refused: usize,
    reported: usize,
    accepted: usize,
    put_back: usize,
    recovered: usize,
}

impl Tally {
    /// Another field is done.
    pub(crate) fn leaf(&self) {
        self.counts.borrow_mut().leaves += 1;
    }

    /// A value came to something.
    pub(crate) fn came_to(&self, outcome: Outcome) {
        let mut counts = self.counts.borrow_mut();
        match outcome {
            Outcome::Refused => counts.refused += 1,
            Outcome::Reported => counts.reported += 1,
            Outcome::Accepted => counts.accepted += 1,
        }
    }

    /// A field was put back, and all was as before.
    pub(crate) fn recovered(&self) {
        let mut counts = self.counts.borrow_mut();
        counts.put_back += 1;
        counts.recovered += 1;
    }

    /// A field was put back, and something was not as before.
    pub(crate) fn lost(&self, what: String) {
        self.counts.borrow_mut().put_back += 1;
        self.miss(what);
    }

    /// Something went otherwise than it must.
    pub(crate) fn miss(&self, what: String) {
        eprintln!("miss: {what}");
        self.misses.borrow_mut().push(what);
    }

    /// Shows the counts of `kind`, and fails when anything went otherwise than it must.
    pub(crate) fn conclude(&self, kind: &str, least: usize) -> Result<()> {
        let Counts { leaves, refused, reported, accepted, put_back, recovered } = *self.counts.borrow();
        let transitions = refused + reported + accepted + put_back;
        let misses = self.misses.borrow();
        println!(
            "{kind:<24} leaves {leaves:>4}  transitions {transitions:>5}  refused {refused:>5}  reported {reported:>5}  \
             accepted {accepted:>5}  recovered {recovered:>5} of {put_back:>5}  misses {:>3}",
            misses.len()
        );
        ensure!(misses.is_empty(), "{} misses:\n{}", misses.len(), misses.join("\n"));
        ensure!(transitions >= least, "only {transitions} transitions");
        Ok(())
    }
}
