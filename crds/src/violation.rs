//! What is wrong with a spec, said where it stands.

use std::fmt;

/// One mistake in a spec. All mistakes are reported together, so that one edit can mend them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    /// The path of the field, such as `metrics[0].provider.prometheus.query`. Empty for the whole.
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
        let Self { field, message } = self;
        if field.is_empty() { f.write_str(message) } else { write!(f, "{field}: {message}") }
    }
}

/// The most bytes that violations may take in one line: it is written into a status several times, and etcd takes
/// 1.5 MiB an object.
const LINE_LIMIT: usize = 16 << 10;

/// All violations in one line, or as many as have room in a status.
pub fn in_one_line(violations: &[Violation]) -> String {
    let mut line = String::new();
    for (index, violation) in violations.iter().enumerate() {
        let separator = if index == 0 { "" } else { "; " };
        let shown = violation.to_string();
        if line.len() + separator.len() + shown.len() > LINE_LIMIT {
            let left = violations.len() - index;
            let room = LINE_LIMIT.saturating_sub(line.len() + separator.len());
            let start = if index == 0 { shown.get(..shown.floor_char_boundary(room)).unwrap_or_default() } else { "" };
            return format!("{line}{separator}{start}… ({left} more)");
        }
        line += separator;
        line += &shown;
    }
    line
}

/// One violation a line.
pub fn in_lines(violations: &[Violation]) -> String {
    violations.iter().flat_map(|violation| [violation.to_string(), "\n".to_owned()]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_the_whole_has_no_field() {
        assert_eq!(Violation::new("spec", "is empty").to_string(), "spec: is empty");
        assert_eq!(Violation::new("", "missing field `spec`").to_string(), "missing field `spec`");
    }

    #[test]
    fn one_line_has_room_in_a_status() {
        let one = Violation::new("spec", "x".repeat(98));
        let limit = LINE_LIMIT / 106;
        assert_eq!(in_one_line(&vec![one.clone(); 2]), format!("{one}; {one}"));
        assert!(!in_one_line(&vec![one.clone(); limit]).contains("more"));
        assert!(in_one_line(&vec![one.clone(); limit + 1]).ends_with("… (1 more)"));
        let long = in_one_line(&[Violation::new("spec", "µ".repeat(LINE_LIMIT)), one]);
        assert!(long.len() < LINE_LIMIT + 20 && long.ends_with("µ… (2 more)"), "{}", long.len());
    }
}
