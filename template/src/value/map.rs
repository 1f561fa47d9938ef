//! Maps, which `set` and its like change in place: every holder of the map sees it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::Value;
use super::list::{Of, unravel};
use crate::error::Failure;
use crate::limits::{Budget, VALUE_DEPTH};

/// A map of values by name.
#[derive(Debug, Clone)]
pub struct Map(Rc<Entries>);

#[derive(Debug)]
struct Entries {
    of: Of,
    values: RefCell<BTreeMap<Rc<str>, Value>>,
}

impl Map {
    pub(crate) fn new(of: Of, values: BTreeMap<Rc<str>, Value>) -> Self {
        Map(Rc::new(Entries { of, values: RefCell::new(values) }))
    }

    /// Where a map is asked for and there is nothing.
    pub(crate) fn nothing() -> Self {
        Map::new(Of::Nothing, BTreeMap::new())
    }

    pub(crate) fn of(&self) -> Of {
        self.0.of
    }

    /// How many entries it has.
    pub fn len(&self) -> usize {
        self.0.values.borrow().len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.0.values.borrow().is_empty()
    }

    /// What it has under a name.
    pub fn get(&self, key: &str) -> Option<Value> {
        self.0.values.borrow().get(key).cloned()
    }

    /// Its entries as they are now, by name.
    pub fn entries(&self) -> Vec<(Rc<str>, Value)> {
        self.0.values.borrow().iter().map(|(key, value)| (Rc::clone(key), value.clone())).collect()
    }

    pub(crate) fn remove(&self, key: &str) {
        let removed = self.0.values.borrow_mut().remove(key);
        drop(removed);
    }

    /// Sets an entry, unless the map would then hold itself, or cannot be changed.
    pub(crate) fn set(&self, key: &str, value: Value, budget: &mut Budget) -> Result<(), Failure> {
        if self.of() == Of::Nothing {
            return Err("there is no map here that could be changed; begin with dict".into());
        }
        self.not_within(&value, 0, budget)?;
        budget.hold(key.len() + 64)?;
        let before = self.0.values.borrow_mut().insert(key.into(), value);
        drop(before);
        Ok(())
    }

    /// Looks through everything in a value for this map.
    fn not_within(&self, value: &Value, depth: usize, budget: &mut Budget) -> Result<(), Failure> {
        if !matches!(value, Value::List(_) | Value::Map(_)) {
            return Ok(());
        }
        if depth == VALUE_DEPTH {
            return Err(too_deep());
        }
        budget.step(1)?;
        match value {
            Value::Map(map) if Rc::ptr_eq(&map.0, &self.0) => Err("a map cannot be put into itself".into()),
            Value::Map(map) => {
                map.0.values.borrow().values().try_for_each(|value| self.not_within(value, depth + 1, budget))
            }
            Value::List(list) => list.values().iter().try_for_each(|value| self.not_within(value, depth + 1, budget)),
            _ => Ok(()),
        }
    }

    /// Whether both are the very same map.
    pub(crate) fn is(&self, other: &Map) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    /// Its values, if nothing else holds the map.
    pub(super) fn into_values(self) -> Vec<Value> {
        Rc::try_unwrap(self.0).map(|entries| entries.values.take().into_values().collect()).unwrap_or_default()
    }
}

impl Drop for Entries {
    fn drop(&mut self) {
        unravel(self.values.take().into_values().collect());
    }
}

/// What is said of values that nest deeper than any function follows them.
pub(crate) fn too_deep() -> Failure {
    Failure::Limit(format!("its values nest deeper than {VALUE_DEPTH} levels"))
}
