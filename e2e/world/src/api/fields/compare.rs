//! Which fields differ between two objects.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::super::schema::List;
use super::super::shape::Shape;
use super::{Fields, item_step};

/// What a change did.
#[derive(Debug, Default)]
pub(crate) struct Comparison {
    /// Fields that are new, or have another value.
    pub(crate) written: Fields,
    /// Fields that are gone.
    pub(crate) removed: Fields,
}

/// Compares an object with what became of it.
pub(crate) fn compare(shape: Shape, old: &Value, new: &Value) -> Comparison {
    let mut walk = Walk::default();
    walk.value(shape, Some(old), Some(new));
    walk.found
}

#[derive(Default)]
struct Walk {
    found: Comparison,
    /// Where it is, in steps.
    at: Vec<String>,
}

impl Walk {
    fn value(&mut self, shape: Shape, old: Option<&Value>, new: Option<&Value>) {
        if old == new {
            return;
        }
        if both(old, new, Value::is_object) && !shape.is_atomic() {
            let (old_fields, new_fields) = (fields(old), fields(new));
            if old_fields.is_some_and(|fields| !fields.is_empty())
                || new_fields.is_some_and(|fields| !fields.is_empty())
            {
                self.map(shape, old_fields, new_fields);
                return self.whole(old, new);
            }
        }
        if !both(old, new, Value::is_array) || *shape.list() == List::Atomic {
            return self.leaf(old, new);
        }
        self.list(shape.items(), &items(shape.list(), old), &items(shape.list(), new));
        self.whole(old, new);
    }

    /// A value with parts is new or gone as a whole, too.
    fn whole(&mut self, old: Option<&Value>, new: Option<&Value>) {
        match (old, new) {
            (None, _) => self.found.written.insert(&self.at),
            (_, None) => self.found.removed.insert(&self.at),
            _ => {}
        }
    }

    fn leaf(&mut self, old: Option<&Value>, new: Option<&Value>) {
        match (old, new) {
            (_, Some(_)) => self.found.written.insert(&self.at),
            (Some(_), None) => self.found.removed.insert(&self.at),
            (None, None) => {}
        }
    }

    fn map(&mut self, shape: Shape, old: Option<&Map<String, Value>>, new: Option<&Map<String, Value>>) {
        let keys = old.into_iter().chain(new).flat_map(Map::keys);
        let keys: BTreeSet<&String> = keys.collect();
        for key in keys {
            let (old, new) = (old.and_then(|fields| fields.get(key)), new.and_then(|fields| fields.get(key)));
            if old == new {
                continue;
            }
            self.at.push(format!("f:{key}"));
            self.value(shape.field(key), old, new);
            self.at.pop();
        }
    }

    fn list(&mut self, shape: Shape, old: &BTreeMap<String, &Value>, new: &BTreeMap<String, &Value>) {
        let steps: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        for step in steps {
            self.at.push(step.clone());
            self.value(shape, old.get(step).copied(), new.get(step).copied());
            self.at.pop();
        }
    }
}

/// Whether both are so; what is not there or null takes any form.
fn both(old: Option<&Value>, new: Option<&Value>, is: impl Fn(&Value) -> bool) -> bool {
    let fits = |value: Option<&Value>| value.is_none_or(|value| value.is_null() || is(value));
    let some = |value: Option<&Value>| value.is_some_and(&is);
    fits(old) && fits(new) && (some(old) || some(new))
}

fn fields(value: Option<&Value>) -> Option<&Map<String, Value>> {
    value.and_then(Value::as_object)
}

fn items<'v>(list: &List, value: Option<&'v Value>) -> BTreeMap<String, &'v Value> {
    let items = value.and_then(Value::as_array).into_iter().flatten();
    items.map(|item| (item_step(list, item), item)).collect()
}
