//! Expressions over an object, as CEL writes them: `self.status.conditions.exists(c, c.type == 'Ready' && c.status == 'True')`.
//!
//! Of CEL this takes what a health check needs: literals, fields, indices, operators, `in`, `has`, the macros `all`, `exists`,
//! `exists_one`, `map` and `filter`, and the functions of `functions.rs`, each as cel-go has it (`tests/cel_go.rs`). Anything else
//! is refused with its place: bytes, unsigned numbers, times and optional fields are not in an object.
//!
//! Whoever may write an Application writes these, and one controller evaluates those of all. So an expression has a longest
//! length and a greatest depth, and a run of it only so many steps; building a text or a list costs its size. The crate `cel`
//! was tried: it counts no steps, parses by a runtime of its own (antlr4rust), and wants a second version of nom.

mod evaluate;
mod expression;
mod functions;
mod lex;
mod operators;
mod parse;
mod value;

use serde_json::Value as Json;

use self::evaluate::Run;
use self::expression::Expression;
pub use self::value::Value;

/// The longest expression, in bytes.
const LONGEST: usize = 4096;

/// Why a text is no expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Longer than anybody writes.
    #[error("is longer than {LONGEST} bytes")]
    TooLong,
    /// It stops making sense somewhere.
    #[error("cannot be read at {rest:?}: {why}")]
    At {
        /// What is left at that place.
        rest: String,
        /// What is wrong there.
        why: String,
    },
}

/// Why an expression has no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvalError {
    /// It asks for a field that is not there.
    #[error("there is no {0:?}; ask has(...) first")]
    Missing(String),
    /// It does something with a value that cannot be done with it.
    #[error("{0}")]
    Wrong(String),
    /// It would take too long.
    #[error("it takes more than {} steps", evaluate::STEPS)]
    TooMuch,
}

/// An expression over `self`.
#[derive(Clone, Debug, PartialEq)]
pub struct Program(Expression);

impl Eq for Program {}

impl Program {
    /// Reads an expression.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        if text.len() > LONGEST {
            return Err(ParseError::TooLong);
        }
        parse::parse(text).map(Self)
    }

    /// What it is worth for that object.
    pub fn evaluate<'a>(&'a self, object: &'a Json) -> Result<Value<'a>, EvalError> {
        Run::new(object).value(&self.0)
    }
}

#[cfg(test)]
mod tests;
