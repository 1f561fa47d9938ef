//! The bounded store of one evaluation: what it may spend, and the variables it holds.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::value::{Elements, List, Map, Value};

/// Steps one evaluation may take: nodes visited, elements made, compared or looked at.
pub(super) const STEP_LIMIT: usize = 100_000;
/// Bytes of text one evaluation may make.
const TEXT_LIMIT: usize = 1_000_000;
/// How deeply lists and maps made by the condition may nest, so that no walk over them overflows the stack.
const NESTING_LIMIT: usize = 200;
/// Bytes of text read for the price of one step.
const BYTES_A_STEP: usize = 100;

/// Why an evaluation stopped early.
#[derive(Debug)]
pub(super) enum Stop {
    /// `?.` met nil: the chain around it becomes nil.
    ChainEnded,
    /// The condition cannot be evaluated on this measurement; the place is known once a node has seen it.
    Failed(String, Option<usize>),
    /// One of the limits above is spent.
    Limit(String),
}

pub(super) type Outcome = Result<Value, Stop>;

/// The longest message of a failure: it may quote a text of the measurement, and ends in a status.
const MESSAGE_LIMIT: usize = 1024;

/// Stops with a message.
pub(super) fn fail<T>(message: impl Into<String>) -> Result<T, Stop> {
    let mut message = message.into();
    if message.len() > MESSAGE_LIMIT {
        message.truncate(message.floor_char_boundary(MESSAGE_LIMIT));
        message.push('…');
    }
    Err(Stop::Failed(message, None))
}

/// One evaluation's measurement, variables, predicate scopes and spent budget.
pub(super) struct Machine<'r> {
    pub(super) result: &'r Value,
    pub(super) variables: Vec<Value>,
    pub(super) scopes: Vec<Scope>,
    steps: usize,
    bytes: usize,
}

/// Where a loop over a list stands.
pub(super) struct Scope {
    pub(super) item: Value,
    pub(super) index: usize,
    pub(super) accumulator: Value,
}

impl<'r> Machine<'r> {
    pub(super) fn new(result: &'r Value) -> Self {
        Machine { result, variables: Vec::new(), scopes: Vec::new(), steps: 0, bytes: 0 }
    }

    /// Spends steps, before the work they stand for.
    pub(super) fn spend(&mut self, steps: usize) -> Result<(), Stop> {
        self.steps = self.steps.saturating_add(steps);
        if self.steps > STEP_LIMIT {
            return Err(Stop::Limit(format!("it takes more than {STEP_LIMIT} steps")));
        }
        Ok(())
    }

    /// Spends the steps of reading a text.
    pub(super) fn read(&mut self, text: &str) -> Result<(), Stop> {
        self.spend(text.len() / BYTES_A_STEP)
    }

    /// Spends bytes of new text, before it is made.
    pub(super) fn reserve(&mut self, bytes: usize) -> Result<(), Stop> {
        self.bytes = self.bytes.saturating_add(bytes);
        if self.bytes > TEXT_LIMIT {
            return Err(Stop::Limit(format!("it makes more than {TEXT_LIMIT} bytes of text")));
        }
        Ok(())
    }

    /// A new text, paid for.
    pub(super) fn text(&mut self, text: String) -> Outcome {
        self.reserve(text.len())?;
        Ok(Value::String(text.into()))
    }

    /// A new list, paid for.
    pub(super) fn list(&mut self, items: Vec<Value>, elements: Elements) -> Outcome {
        self.spend(items.len())?;
        nested(Value::List(List::new(items, elements)))
    }

    /// A new map, paid for.
    pub(super) fn map(&mut self, entries: BTreeMap<Arc<str>, Value>) -> Outcome {
        self.spend(entries.len())?;
        nested(Value::Map(Map::new(entries)))
    }
}

fn nested(value: Value) -> Outcome {
    if value.depth() > NESTING_LIMIT {
        return Err(Stop::Limit(format!("it nests lists more than {NESTING_LIMIT} deep")));
    }
    Ok(value)
}
