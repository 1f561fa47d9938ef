//! The language of success and failure conditions.
//!
//! It is the expr-lang dialect (Go, v1.17) as AnalysisTemplates use it: `result` is the measurement, the functions
//! `asInt`, `asFloat`, `isNaN`, `isInf`, `isNil` and `default` are those of the Go controllers, the rest are the
//! language's own. A condition means here what it means there; a table of answers computed by Go holds us to it.
//! That includes what surprises:
//! - `result[0]` of an empty list is an error, so no data is never a success;
//! - a mistake of types is an error even in a branch that is never reached (`true || result contains "x"` on a
//!   number), as soon as the measurement's type gives it away;
//! - `isNil(x)` and `default(x, d)` look at `result`, whatever `x` is.
//!
//! Left out, because no condition about a measurement needs them: dates and durations (`now`, `date`, `duration`,
//! `timezone`), `toBase64`, `fromBase64`, `toPairs`, `fromPairs`, `groupBy`, the `bit…` functions, literals of bytes,
//! `$env`, functions as values and calls of methods. Each is refused when the condition is parsed. A power may differ
//! from Go's in its last digit.
//!
//! Bounds: 4096 bytes of source, 64 nested brackets, 128 chained operators, 100,000 steps, 1,000,000 bytes of text
//! made, patterns of at most 1 MiB that run in linear time. No condition and no measurement can make it panic.

mod ast;
mod bounds;
mod check;
mod escape;
mod eval;
mod functions;
mod lex;
mod loops;
mod machine;
mod number;
mod operators;
mod parse;
mod pattern;
mod rewrite;
mod sort;
#[cfg(test)]
mod tests;
mod types;
mod value;

use std::fmt;

use ast::Node;
use lex::Flaw;
use machine::{Machine, Stop};
use types::Type;
pub use value::{Elements, List, Map, Value};

/// The longest source, in bytes.
const SOURCE_LIMIT: usize = 4096;

/// A condition, parsed and checked; evaluating it changes nothing.
#[derive(Debug, Clone)]
pub struct Condition {
    source: String,
    /// The tree as written: what the type check looks at.
    tree: Node,
    /// The tree as it runs.
    program: Node,
}

/// Why a condition cannot be used, or gives no answer for a measurement.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConditionError {
    /// The source is longer than the limit.
    #[error("parse condition: it has {0} bytes; shorten it to {SOURCE_LIMIT}")]
    TooLong(usize),
    /// The source is no condition: a mistake of syntax, an unknown name, types that never fit.
    #[error("parse condition at {0}: {1}")]
    Parse(Position, String),
    /// The condition does not fit the type of this measurement.
    #[error("evaluate condition at {0}: {1}")]
    Type(Position, String),
    /// The condition cannot be computed for this measurement.
    #[error("evaluate condition at {0}: {1}")]
    Evaluate(Position, String),
    /// The evaluation would cost more than it may.
    #[error("evaluate condition: {0}; simplify it")]
    Limit(String),
    /// The condition gives something else than true or false.
    #[error("evaluate condition: expected bool, but got {0}; compare it with something")]
    NotBoolean(&'static str),
}

/// A place in a condition's source, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The character in the line.
    pub column: usize,
}

impl Condition {
    /// The entry of the map that says what `time.Now()` is, in seconds since 1970, if a condition needs it.
    pub const TIME: &str = parse::time::TIME;

    /// Reads a condition and checks what can be checked without a measurement.
    pub fn parse(source: &str) -> Result<Self, ConditionError> {
        Self::parsed(source, parse::Scope::Measurement)
    }

    /// Reads a condition about several things, each by its own name: `rollout.spec.replicas > 1`.
    ///
    /// It is evaluated with a map that has an entry for each name; a name without an entry is nil. `result`, `isNil` and
    /// `default` are not there: they are about a measurement. But there is `time` ([`Self::TIME`]), with `time.Now()`,
    /// `time.Parse(x)`, durations such as `time.Minute`, and the methods that Go's times and durations have for comparing and
    /// for adding up; and functions of `strings`, `repo` and `sync`, by those names.
    pub fn about(names: &'static [&'static str], source: &str) -> Result<Self, ConditionError> {
        Self::parsed(source, parse::Scope::Fields(names))
    }

    fn parsed(source: &str, scope: parse::Scope) -> Result<Self, ConditionError> {
        if source.len() > SOURCE_LIMIT {
            return Err(ConditionError::TooLong(source.len()));
        }
        Self::read(source, scope).map_err(|(at, message)| ConditionError::Parse(Position::of(source, at), message))
    }

    fn read(source: &str, scope: parse::Scope) -> Result<Self, Flaw> {
        let tree = parse::parse(source, scope)?;
        check::check(&tree, &Type::Unknown)?;
        let mut program = tree.clone();
        rewrite::rewrite(&mut program)?;
        Ok(Condition { source: source.to_owned(), tree, program })
    }

    /// Whether the condition holds for a measurement; anything but a boolean is an error.
    pub fn holds(&self, result: &Value) -> Result<bool, ConditionError> {
        match self.evaluate(result)? {
            Value::Bool(holds) => Ok(holds),
            other => Err(ConditionError::NotBoolean(other.type_name())),
        }
    }

    /// What the condition gives for a measurement, boolean or not.
    pub fn evaluate(&self, result: &Value) -> Result<Value, ConditionError> {
        let position = |at| Position::of(&self.source, at);
        check::check(&self.tree, &Type::of(result))
            .map_err(|(at, message)| ConditionError::Type(position(at), message))?;
        Machine::new(result).eval(&self.program).map_err(|stop| match stop {
            Stop::Failed(message, at) => ConditionError::Evaluate(position(at.unwrap_or(0)), message),
            Stop::Limit(message) => ConditionError::Limit(message),
            Stop::ChainEnded => ConditionError::Evaluate(position(0), "nil ends no chain here".to_owned()),
        })
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.source)
    }
}

impl Position {
    fn of(source: &str, at: usize) -> Self {
        let before = source.get(..at).unwrap_or(source);
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        let line = 1 + before.matches('\n').count();
        let column = 1 + before.get(line_start..).unwrap_or("").chars().count();
        Position { line, column }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            1 => write!(out, "character {}", self.column),
            line => write!(out, "line {line}, character {}", self.column),
        }
    }
}
