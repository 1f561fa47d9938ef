//! Regular expressions of `matches`: Go's dialect on the linear-time `regex` crate.

use regex::{Regex, RegexBuilder};
use sluice_dialect::translate;

/// Largest compiled program of one pattern, and of all those that a condition writes out together.
pub(super) const PROGRAM_LIMIT: usize = 1 << 20;

/// The sizes that programs are counted as: the next larger one.
const SIZES: [usize; 5] = [1 << 12, 1 << 14, 1 << 16, 1 << 18, PROGRAM_LIMIT];

/// A compiled pattern that remembers its source.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    source: String,
    regex: Regex,
    size: usize,
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Pattern {
    pub(super) fn compile(source: &str) -> Result<Self, String> {
        let translated = translate(source);
        let build = |size: usize| RegexBuilder::new(&translated).size_limit(size).build().map(|regex| (regex, size));
        let fits = |size: &usize| match build(*size) {
            Err(regex::Error::CompiledTooBig(_)) if *size < PROGRAM_LIMIT => None,
            program => Some(program),
        };
        let program = SIZES.iter().find_map(fits).unwrap_or_else(|| build(PROGRAM_LIMIT));
        let (regex, size) = program.map_err(|error| format!("compile the pattern {source:?}: {error}"))?;
        Ok(Pattern { source: source.to_owned(), regex, size })
    }

    /// Bytes that the program may take.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    pub(super) fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }
}
