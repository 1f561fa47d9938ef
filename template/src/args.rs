//! Arguments of functions, and the types that functions ask for.

use std::rc::Rc;

use crate::error::Failure;
use crate::semver::Version;
use crate::time::Moment;
use crate::value::{List, Map, Value};

/// A type that a parameter has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Type {
    Any,
    Text,
    /// `int`: an `int64` does not do.
    Int,
    Float,
    Bool,
    /// `map[string]interface {}`
    Map,
    Time,
    Duration,
    Version,
}

impl Type {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Type::Any => "a value",
            Type::Text => "a string",
            Type::Int => "an int (convert by int)",
            Type::Float => "a float64",
            Type::Bool => "a bool",
            Type::Map => "a map",
            Type::Time => "a time",
            Type::Duration => "a duration",
            Type::Version => "a version (see semver)",
        }
    }
}

/// The arguments of one call, checked to be of the types that its function asks for.
#[derive(Debug)]
pub(crate) struct Args(Vec<Value>);

impl Args {
    pub(crate) fn new(values: Vec<Value>) -> Self {
        Args(values)
    }

    pub(crate) fn values(&self) -> &[Value] {
        &self.0
    }

    /// The arguments from one on.
    pub(crate) fn from(&self, index: usize) -> &[Value] {
        self.0.get(index..).unwrap_or_default()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn any(&self, index: usize) -> Result<&Value, Failure> {
        self.0.get(index).ok_or_else(|| format!("argument {} is missing", index + 1).into())
    }

    pub(crate) fn text(&self, index: usize) -> Result<&str, Failure> {
        match self.any(index)? {
            Value::Text(text) => Ok(text),
            _ => Err(expected(index, "a string")),
        }
    }

    pub(crate) fn int(&self, index: usize) -> Result<i64, Failure> {
        match self.any(index)? {
            Value::Int(number) => Ok(*number),
            _ => Err(expected(index, "an int")),
        }
    }

    pub(crate) fn bool(&self, index: usize) -> Result<bool, Failure> {
        match self.any(index)? {
            Value::Bool(value) => Ok(*value),
            _ => Err(expected(index, "a bool")),
        }
    }

    pub(crate) fn map(&self, index: usize) -> Result<&Map, Failure> {
        match self.any(index)? {
            Value::Map(map) => Ok(map),
            _ => Err(expected(index, "a map")),
        }
    }

    pub(crate) fn list(&self, index: usize) -> Result<&List, Failure> {
        match self.any(index)? {
            Value::List(list) => Ok(list),
            other => Err(format!("argument {} must be a list, but is {}", index + 1, other.type_name()).into()),
        }
    }

    pub(crate) fn time(&self, index: usize) -> Result<&Moment, Failure> {
        match self.any(index)? {
            Value::Time(moment) => Ok(moment),
            _ => Err(expected(index, "a time")),
        }
    }

    pub(crate) fn duration(&self, index: usize) -> Result<i64, Failure> {
        match self.any(index)? {
            Value::Duration(nanoseconds) => Ok(*nanoseconds),
            _ => Err(expected(index, "a duration")),
        }
    }

    pub(crate) fn version(&self, index: usize) -> Result<&Rc<Version>, Failure> {
        match self.any(index)? {
            Value::Version(version) => Ok(version),
            _ => Err(expected(index, "a version")),
        }
    }
}

fn expected(index: usize, what: &str) -> Failure {
    format!("argument {} must be {what}", index + 1).into()
}
