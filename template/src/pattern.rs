//! Regular expressions of Go's dialect on the linear-time `regex` crate.

use regex::{Regex, RegexBuilder};
use sluice_dialect::translate;

use crate::error::Failure;

/// The longest pattern, in bytes.
const SOURCE_LIMIT: usize = 4096;

/// Compiles a pattern, of which a program of at most `limit` bytes may come. No message shows the pattern.
pub(crate) fn compile(source: &str, limit: usize) -> Result<Regex, Failure> {
    if source.len() > SOURCE_LIMIT {
        return Err(Failure::Limit(format!("it has a regular expression of more than {SOURCE_LIMIT} bytes")));
    }
    let build = RegexBuilder::new(&translate(source)).size_limit(limit).dfa_size_limit(limit).nest_limit(100).build();
    build.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => Failure::Limit("it has a regular expression that is too large".to_owned()),
        _ => "the regular expression is malformed".into(),
    })
}
