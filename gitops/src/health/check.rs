//! Health as an Application defines it for a kind, in `spec.health`.

use std::fmt;

use super::{Health, Status, progressing};
use crate::cel::{EvalError, ParseError, Program, Value};
use crate::{Key, Object};

/// A health check of an Application's own: a CEL expression over `self`.
///
/// `true` is Healthy, `false` is Progressing, and a text names the status: `Degraded`, or with a message, `Degraded: no disk`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HealthCheck {
    /// API group; empty is the core group.
    pub group: String,
    /// Kind.
    pub kind: String,
    text: String,
    program: Program,
}

impl HealthCheck {
    /// Reads a check.
    pub fn read(group: &str, kind: &str, text: &str) -> Result<Self, ParseError> {
        let program = Program::parse(text)?;
        Ok(Self { group: group.to_owned(), kind: kind.to_owned(), text: text.to_owned(), program })
    }

    /// Whether it is about objects like that.
    pub fn is_for(&self, key: &Key) -> bool {
        key.is(&self.group, &self.kind)
    }

    /// What it says of an object.
    ///
    /// An expression that fails is Unknown, and says why. But one that misses something in an object without any status only
    /// comes too early: nobody has looked at the object yet, which is Progressing.
    pub(super) fn judge(&self, object: &Object) -> Health {
        match self.program.evaluate(object.value()) {
            Ok(Value::Bool(true)) => Health::new(Status::Healthy, ""),
            Ok(Value::Bool(false)) => progressing(format!("not yet: {}", self.text)),
            Ok(Value::Text(text)) => self.named(text.as_str()),
            Ok(other) => self.unknown(format!("it is {other}; let it be true, false or the name of a status")),
            Err(EvalError::Missing(_)) if object.value().get("status").is_none() => {
                progressing("Waiting for its status to be reported")
            }
            Err(error) => self.unknown(error),
        }
    }

    fn named(&self, text: &str) -> Health {
        let (name, message) = text.split_once(':').unwrap_or((text, ""));
        match Status::named(name.trim()) {
            Some(status) => Health::new(status, message.trim()),
            None => self.unknown(format!(
                "{name:?} is no status; there are Healthy, Suspended, Progressing, Missing, Degraded"
            )),
        }
    }

    fn unknown(&self, why: impl fmt::Display) -> Health {
        let group = if self.group.is_empty() { String::new() } else { format!("{}/", self.group) };
        Health::new(Status::Unknown, format!("the check of {group}{} in spec.health, {}: {why}", self.kind, self.text))
    }
}
