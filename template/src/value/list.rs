//! Lists, which never change once they are made.

use std::rc::Rc;

use super::Value;

/// A list of values.
#[derive(Debug, Clone)]
pub struct List(Rc<Items>);

/// What the elements of a list or a map are to Go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Of {
    Any,
    /// Any, but there is not even an empty list or map.
    Nothing,
    Text,
    /// Texts, but there is not even an empty list.
    NoText,
    Int,
    Lists,
}

impl Of {
    pub(crate) fn list_type(self) -> &'static str {
        match self {
            Of::Any | Of::Nothing => "[]interface {}",
            Of::Text | Of::NoText => "[]string",
            Of::Int => "[]int",
            Of::Lists => "[][]interface {}",
        }
    }

    pub(crate) fn map_type(self) -> &'static str {
        if self == Of::Text { "map[string]string" } else { "map[string]interface {}" }
    }
}

#[derive(Debug)]
struct Items {
    of: Of,
    values: Vec<Value>,
}

impl List {
    pub(crate) fn new(of: Of, values: Vec<Value>) -> Self {
        List(Rc::new(Items { of, values }))
    }

    pub(crate) fn of(&self) -> Of {
        self.0.of
    }

    /// Its elements.
    pub fn values(&self) -> &[Value] {
        &self.0.values
    }

    /// How many elements it has.
    pub fn len(&self) -> usize {
        self.0.values.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.0.values.is_empty()
    }

    /// Its elements, if nothing else holds the list.
    fn into_values(self) -> Vec<Value> {
        Rc::try_unwrap(self.0).map(|mut items| std::mem::take(&mut items.values)).unwrap_or_default()
    }
}

impl Drop for Items {
    fn drop(&mut self) {
        unravel(std::mem::take(&mut self.values));
    }
}

/// Drops values without going deeper on the stack than their nesting: templates can nest them without end.
pub(super) fn unravel(mut values: Vec<Value>) {
    while let Some(value) = values.pop() {
        match value {
            Value::List(list) => values.extend(list.into_values()),
            Value::Map(map) => values.extend(map.into_values()),
            _ => (),
        }
    }
}
