//! What functions may use besides their arguments.

use std::collections::BTreeMap;

use regex::Regex;

use crate::FailTexts;
use crate::error::Failure;
use crate::limits::{Budget, Limits};
use crate::pattern;
use crate::time::Moment;

/// Compiled patterns that are kept for the next round of a loop.
const KEPT_PATTERNS: usize = 8;

/// Steps that compiling a pattern counts for: it may take as long as so many others.
const COMPILING: usize = 5_000;

/// The surroundings of one rendering.
#[derive(Debug)]
pub(crate) struct Env {
    pub(crate) now: Moment,
    pub(crate) budget: Budget,
    fail_texts: FailTexts,
    patterns: BTreeMap<String, Regex>,
}

impl Env {
    pub(crate) fn new(now: Moment, limits: Limits, fail_texts: FailTexts) -> Self {
        Env { now, budget: Budget::new(limits), fail_texts, patterns: BTreeMap::new() }
    }

    /// What is said when a template fails by a text that it has computed.
    pub(crate) fn fail_text(&self, text: &str) -> String {
        match self.fail_texts {
            FailTexts::All => format!("fail: {text}"),
            FailTexts::Literal => {
                "fail: the text is not shown, for it is computed and may hold a secret; give fail a literal".to_owned()
            }
        }
    }

    /// Compiles a regular expression of Go's dialect.
    pub(crate) fn pattern(&mut self, source: &str) -> Result<Regex, Failure> {
        if let Some(known) = self.patterns.get(source) {
            return Ok(known.clone());
        }
        self.budget.step(COMPILING + source.len())?;
        let compiled = pattern::compile(source, self.budget.limits().pattern)?;
        if self.patterns.len() < KEPT_PATTERNS {
            self.patterns.insert(source.to_owned(), compiled.clone());
        }
        Ok(compiled)
    }
}
