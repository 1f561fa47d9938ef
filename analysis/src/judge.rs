//! Judges one answer by a metric's conditions.
//!
//! An answer without data (no series at all, or a NaN in it) is an error: it neither passes nor takes a release back. It is
//! left to the conditions only when one of them asks about that case by name: `len`, `isNil` or `default` for no
//! series, `isNaN` for NaN; or when the metric says by `onNoData` what it is. A number that breaks a condition beside a NaN
//! still fails.

use crate::condition::{Condition, Value};

/// What a measurement came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The conditions are content.
    Successful,
    /// A condition is broken.
    Failed,
    /// Neither the success nor the failure condition holds.
    Inconclusive,
    /// Nothing was measured, or it could not be judged.
    Error,
    /// Too little was measured to say anything yet: it counts as no measurement.
    Waiting,
}

/// An outcome, and for all but success the sentence that explains it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// What the measurement came to.
    pub outcome: Outcome,
    /// Why, in one sentence with the value and the condition; empty for success.
    pub message: String,
}

/// A condition and the words it was written in.
#[derive(Debug, Clone)]
pub struct Rule {
    text: String,
    condition: Condition,
}

/// The conditions of one metric.
#[derive(Debug, Clone, Default)]
pub struct Conditions {
    /// What must hold.
    pub success: Option<Rule>,
    /// What must not hold. It wins over `success`.
    pub failure: Option<Rule>,
    /// What an answer without any number is, whatever the conditions say of it.
    pub no_data: Option<Outcome>,
}

impl Rule {
    /// Reads a condition, or says in one sentence what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let condition = Condition::parse(text).map_err(|error| error.to_string())?;
        Ok(Self { text: text.to_owned(), condition })
    }

    fn names(&self, function: &str) -> bool {
        self.text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == function)
    }
}

impl Conditions {
    /// Judges `value`, which `shown` writes out for people.
    pub fn judge(&self, value: &Value, shown: &str) -> Verdict {
        if let Some(outcome) = self.no_data.filter(|_| !has_number(value)) {
            let what = emptiness(value).unwrap_or("the answer holds no number");
            return verdict(outcome, if outcome == Outcome::Successful { String::new() } else { what.to_owned() });
        }
        match self.verdict(value, shown) {
            Err(message) => verdict(Outcome::Error, message),
            Ok(found) if found.outcome == Outcome::Failed && has_number(value) => found,
            Ok(found) => match self.unforeseen(value) {
                Some(lack) => verdict(Outcome::Error, lack.to_owned()),
                None => found,
            },
        }
    }

    fn verdict(&self, value: &Value, shown: &str) -> Result<Verdict, String> {
        let holds = |name: &'static str, rule: &Option<Rule>| {
            rule.as_ref().map(|rule| holds(name, rule, value, shown)).transpose()
        };
        let meets = holds("successCondition", &self.success)?;
        let breaks = holds("failureCondition", &self.failure)?;
        let text = |rule: &Option<Rule>| rule.as_ref().map_or(String::new(), |rule| rule.text.clone());
        Ok(match (meets, breaks) {
            (_, Some(true)) => {
                verdict(Outcome::Failed, format!("{shown} meets failureCondition {}", text(&self.failure)))
            }
            (Some(false), None) => {
                verdict(Outcome::Failed, format!("{shown} does not meet successCondition {}", text(&self.success)))
            }
            (Some(false), Some(false)) => verdict(
                Outcome::Inconclusive,
                format!(
                    "{shown} meets neither successCondition {} nor failureCondition {}",
                    text(&self.success),
                    text(&self.failure)
                ),
            ),
            (Some(true) | None, Some(false) | None) => verdict(Outcome::Successful, String::new()),
        })
    }

    /// What `value` lacks and no condition asks about.
    fn unforeseen(&self, value: &Value) -> Option<&'static str> {
        let asks = |functions: &[&str]| {
            let rules = self.success.iter().chain(&self.failure);
            rules.into_iter().any(|rule| functions.iter().any(|function| rule.names(function)))
        };
        if is_empty(value) && !asks(&["len", "isNil", "default"]) {
            return Some(match value {
                Value::Nil => "the answer is empty; if that is fine, say so in the condition with isNil or default",
                _ => "no series matches the query; if that is fine, say so in the condition with len(result) == 0",
            });
        }
        if has_nan(value) && !asks(&["isNaN"]) {
            return Some("the answer holds NaN; if that is fine, say so in the condition with isNaN");
        }
        None
    }
}

fn holds(name: &str, rule: &Rule, value: &Value, shown: &str) -> Result<bool, String> {
    rule.condition.holds(value).map_err(|error| match emptiness(value) {
        Some(what) => format!("{what}, so {name} {} cannot be told: {error}", rule.text),
        None => format!("{name} {} cannot be told of {shown}: {error}", rule.text),
    })
}

pub(crate) fn verdict(outcome: Outcome, message: String) -> Verdict {
    Verdict { outcome, message }
}

fn is_empty(value: &Value) -> bool {
    emptiness(value).is_some()
}

/// In what way there is nothing to judge.
fn emptiness(value: &Value) -> Option<&'static str> {
    match value {
        Value::Nil => Some("the answer is empty"),
        Value::List(items) if items.is_empty() => Some("no series matches the query"),
        _ => None,
    }
}

/// Whether there is anything to judge beside NaN.
fn has_number(value: &Value) -> bool {
    match value {
        Value::Float(number) => !number.is_nan(),
        Value::List(items) => items.iter().any(has_number),
        Value::Nil => false,
        _ => true,
    }
}

fn has_nan(value: &Value) -> bool {
    match value {
        Value::Float(number) => number.is_nan(),
        Value::List(items) => items.iter().any(has_nan),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
