//! One span: something that lasted, and is over.

use std::fmt::Write;

use jiff::Timestamp;
use ring::digest::{Context, SHA256};

/// Something that lasted from one time to another.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    /// What it is part of.
    pub trace: TraceId,
    /// What tells it from the other spans of its trace.
    pub id: SpanId,
    /// The span that it is within; none: it is the whole.
    pub parent: Option<SpanId>,
    /// What it is, without what is different each time.
    pub name: String,
    /// When it began.
    pub from: Timestamp,
    /// When it ended.
    pub to: Timestamp,
    /// What else is known of it.
    pub attributes: Vec<(&'static str, Value)>,
    /// What happened meanwhile.
    pub events: Vec<Event>,
    /// What went wrong, if it did.
    pub failed: Option<String>,
}

/// Something that happened at one time.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// What.
    pub name: String,
    /// What else is known of it.
    pub attributes: Vec<(&'static str, Value)>,
}

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A text.
    Text(String),
    /// A whole number.
    Whole(i64),
    /// Texts, in order.
    Texts(Vec<String>),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Whole(number)
    }
}

impl From<Vec<String>> for Value {
    fn from(texts: Vec<String>) -> Self {
        Self::Texts(texts)
    }
}

/// What a span is part of: 32 hexadecimal digits, as people look a trace up by them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TraceId(String);

impl TraceId {
    /// The identifier of what these parts name: the same in each process.
    pub fn of(parts: &[&str]) -> Self {
        Self(digits(parts, 16))
    }

    /// Its digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What tells a span from others of its trace: 16 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpanId(String);

impl SpanId {
    /// The identifier of what these parts name within a trace: the same in each process.
    pub fn of(trace: &TraceId, parts: &[&str]) -> Self {
        let parts: Vec<&str> = std::iter::once(trace.as_str()).chain(parts.iter().copied()).collect();
        Self(digits(&parts, 8))
    }

    /// Its digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// So many bytes of a hash over all parts. All of them zero would mean "no identifier", and does not come up.
fn digits(parts: &[&str], bytes: usize) -> String {
    let mut context = Context::new(&SHA256);
    for part in parts {
        // With its length, or "ab" and "c" would be "a" and "bc".
        context.update(&part.len().to_be_bytes());
        context.update(part.as_bytes());
    }
    let digest = context.finish();
    digest.as_ref().iter().take(bytes).fold(String::new(), |mut digits, byte| {
        // Writing to a string cannot fail.
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}
