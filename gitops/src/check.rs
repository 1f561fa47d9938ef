//! Collects what is wrong while something that a person wrote is read.

use sluice_crds::{IntOrString, Unknown, Violation};

/// What is said of a field that the API does not know.
const NO_FIELD: &str = "is no field of this API; correct its name or remove it";

/// What was found: mistakes, and things that work but do not mean what they seem to.
#[derive(Debug, Default)]
pub(crate) struct Checker {
    wrong: Vec<Violation>,
    doubtful: Vec<Violation>,
    /// Fields that count for nothing. One whose name is misspelt may be why another is missing: they are told beside mistakes, too.
    ignored: Vec<Violation>,
}

impl Checker {
    /// Notes a mistake.
    pub(crate) fn wrong(&mut self, field: &str, message: impl std::fmt::Display) {
        self.wrong.push(Violation::new(field, message));
    }

    /// Notes what a person should know, and does no harm.
    pub(crate) fn doubtful(&mut self, field: &str, message: impl std::fmt::Display) {
        self.doubtful.push(Violation::new(field, message));
    }

    /// Notes a field that the API knows and Sluice does not act on.
    pub(crate) fn unsupported(&mut self, field: &str, present: bool) {
        if present {
            self.wrong(field, "is not supported by this version of Sluice; remove it");
        }
    }

    /// Notes every field that the API does not know, where that may leave out something that was to be refused.
    pub(crate) fn unknown(&mut self, path: &str, unknown: &Unknown) {
        for name in unknown.keys() {
            self.wrong(&format!("{path}.{name}"), NO_FIELD);
        }
    }

    /// Notes every field that the API does not know and that counts for nothing: an API server would have dropped it.
    pub(crate) fn ignored(&mut self, path: &str, unknown: &Unknown) {
        for name in unknown.keys() {
            self.ignored.push(Violation::new(format!("{path}.{name}"), NO_FIELD));
        }
    }

    /// Notes a list that is longer than anything people write.
    pub(crate) fn count(&mut self, field: &str, count: usize, most: usize) {
        if count > most {
            self.wrong(field, format!("has {count} entries; {most} is the most"));
        }
    }

    /// A whole number, in quotes or not.
    pub(crate) fn number(&mut self, field: &str, value: Option<&IntOrString>) -> Option<i64> {
        match value? {
            IntOrString::Int(number) => Some(i64::from(*number)),
            IntOrString::String(text) => {
                let number = text.trim().parse().ok();
                if number.is_none() {
                    self.wrong(field, format!("is {text:?}; write a whole number"));
                }
                number
            }
        }
    }

    /// What was checked and what is doubtful about it, if nothing is wrong.
    pub(crate) fn finish<T>(self, checked: Option<T>) -> Result<(T, Vec<Violation>), Vec<Violation>> {
        match checked {
            Some(checked) if self.wrong.is_empty() => Ok((checked, [self.doubtful, self.ignored].concat())),
            _ => Err([self.wrong, self.ignored].concat()),
        }
    }
}
