//! What can be wrong with a template, and with rendering one.

use std::fmt;

/// Why a template cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// The source is longer than the limit.
    #[error("parse template: it has {bytes} bytes; shorten it to {limit}")]
    TooLong {
        /// Bytes of the source.
        bytes: usize,
        /// The most it may have.
        limit: usize,
    },
    /// The source is no template: a mistake of syntax, an unknown function or variable.
    #[error("parse template at {at}: {message}")]
    Syntax {
        /// Where.
        at: Position,
        /// What is wrong and what to do.
        message: String,
    },
}

/// Why a template gives no text for these data.
///
/// No message holds a value of the data: it names fields as the template writes them, and types. The one exception
/// is the text that a template hands to `fail`, see [`FailTexts`](crate::FailTexts).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// The template does not fit the data.
    #[error("render template{} at {at}: {message}", within(template.as_ref()))]
    Evaluate {
        /// The `define` it happened in, if in one.
        template: Option<String>,
        /// Where.
        at: Position,
        /// What is wrong.
        message: String,
    },
    /// Rendering would cost more than it may.
    #[error("render template{} at {at}: {message}; simplify it", within(template.as_ref()))]
    Limit {
        /// The `define` it happened in, if in one.
        template: Option<String>,
        /// Where.
        at: Position,
        /// Which limit was reached.
        message: String,
    },
}

fn within(template: Option<&String>) -> String {
    template.map_or_else(String::new, |name| format!(" {name:?}"))
}

/// A place in a template's source, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The character in the line.
    pub column: usize,
}

impl Position {
    /// The place of a byte of the source.
    pub(crate) fn of(source: &str, at: usize) -> Self {
        let before = source.get(..at).unwrap_or(source);
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        let line = 1 + before.matches('\n').count();
        let column = 1 + before.get(line_start..).unwrap_or_default().chars().count();
        Position { line, column }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "line {}, character {}", self.line, self.column)
    }
}

/// The most bytes of a message: names in it are as long as a template makes them.
const MESSAGE_LIMIT: usize = 1000;

/// A message that fits into a status.
pub(crate) fn shortened(mut message: String) -> String {
    if message.len() > MESSAGE_LIMIT {
        message.truncate(message.floor_char_boundary(MESSAGE_LIMIT));
        message.push('…');
    }
    message
}

/// A mistake of syntax: the byte it is at, and what to say of it.
pub(crate) type Flaw = (usize, String);

/// Why a step of the evaluation ends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The template does not fit the data.
    Says(String),
    /// It would cost too much.
    Limit(String),
}

impl From<String> for Failure {
    fn from(message: String) -> Self {
        Failure::Says(message)
    }
}

impl From<&str> for Failure {
    fn from(message: &str) -> Self {
        Failure::Says(message.to_owned())
    }
}
