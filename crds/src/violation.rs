//! What is wrong with a spec, said where it stands.

use std::fmt;

/// One mistake in a spec. All mistakes are reported together, so that one edit can mend them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    /// The path of the field, such as `metrics[0].provider.prometheus.query`.
    pub field: String,
    /// What is wrong, and what to write instead.
    pub message: String,
}

impl Violation {
    /// A violation at a field.
    pub fn new(field: impl Into<String>, message: impl fmt::Display) -> Self {
        Self { field: field.into(), message: message.to_string() }
    }

    /// The same violation, seen from the object that holds the field.
    pub fn within(mut self, outer: &str) -> Self {
        let joint = if self.field.is_empty() || self.field.starts_with('[') { "" } else { "." };
        self.field = format!("{outer}{joint}{}", self.field);
        self
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.message)
    }
}

/// All violations in one line.
pub fn in_one_line(violations: &[Violation]) -> String {
    violations.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// One violation a line.
pub fn in_lines(violations: &[Violation]) -> String {
    violations.iter().flat_map(|violation| [violation.to_string(), "\n".to_owned()]).collect()
}
