//! What a server answered, step by step.

use std::fmt;

use serde_json::Value;

/// All answers of a behaviour.
#[derive(Debug, Default)]
pub(crate) struct Transcript {
    pub(crate) entries: Vec<Entry>,
}

/// The answer of one step: one body, or the events of a watch.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) line: String,
    pub(crate) head: String,
    pub(crate) bodies: Vec<Value>,
}

impl fmt::Display for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Entry { line, head, bodies } in &self.entries {
            writeln!(f, "{line}")?;
            if !head.is_empty() {
                writeln!(f, "{head}")?;
            }
            for body in bodies {
                match body {
                    Value::String(text) => writeln!(f, "{text}")?,
                    other => writeln!(f, "{other:#}")?,
                }
            }
            writeln!(f)?;
        }
        Ok(())
    }
}
