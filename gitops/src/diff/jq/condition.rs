//! Which places `select` keeps.

use regex::Regex;
use serde_json::Value;

use super::{Step, first};

/// What must hold of a place.
#[derive(Clone, Debug)]
pub(super) enum Condition {
    Any(Vec<Condition>),
    All(Vec<Condition>),
    Not(Box<Condition>),
    Equal(Operand, Operand),
    Holds(Operand),
    Text(Vec<Step>, Test),
    Has(Vec<Step>, String),
}

/// A value in a condition.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Operand {
    Path(Vec<Step>),
    Literal(Value),
}

/// What must hold of a text.
#[derive(Clone, Debug)]
pub(super) enum Test {
    Fits(Regex),
    Starts(String),
    Ends(String),
    Contains(String),
}

impl PartialEq for Condition {
    fn eq(&self, other: &Self) -> bool {
        // A regular expression is what it is written as.
        format!("{self:?}") == format!("{other:?}")
    }
}

impl Condition {
    pub(super) fn holds(&self, value: &Value) -> bool {
        match self {
            Self::Any(parts) => parts.iter().any(|part| part.holds(value)),
            Self::All(parts) => parts.iter().all(|part| part.holds(value)),
            Self::Not(part) => !part.holds(value),
            Self::Equal(one, other) => one.of(value) == other.of(value),
            Self::Holds(operand) => !matches!(operand.of(value), Value::Null | Value::Bool(false)),
            Self::Text(path, test) => first(path, value).as_str().is_some_and(|text| test.holds(text)),
            Self::Has(path, name) => first(path, value).get(name).is_some(),
        }
    }
}

impl Operand {
    fn of<'a>(&'a self, value: &'a Value) -> &'a Value {
        match self {
            Self::Path(steps) => first(steps, value),
            Self::Literal(literal) => literal,
        }
    }
}

impl Test {
    fn holds(&self, text: &str) -> bool {
        match self {
            Self::Fits(regex) => regex.is_match(text),
            Self::Starts(start) => text.starts_with(start),
            Self::Ends(end) => text.ends_with(end),
            Self::Contains(part) => text.contains(part),
        }
    }
}
