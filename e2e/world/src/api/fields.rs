//! Sets of fields, as `fieldsV1` writes them.

mod compare;
mod of_value;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::schema::List;

pub(crate) use compare::{Comparison, compare};
pub(crate) use of_value::of_value;

/// A set of fields: a tree of steps. `f:name` goes to a field, `k:{…}` and `v:…` to an item of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fields {
    /// Whether the value here is in the set itself.
    member: bool,
    below: BTreeMap<String, Fields>,
}

impl Fields {
    pub(crate) fn parse(written: &Value) -> Self {
        let Some(steps) = written.as_object() else { return Self::default() };
        let below =
            steps.iter().filter(|(step, _)| *step != ".").map(|(step, written)| (step.clone(), Self::parse(written)));
        Self { member: steps.is_empty() || steps.contains_key("."), below: below.collect() }
    }

    pub(crate) fn json(&self) -> Value {
        let mut steps: Map<String, Value> =
            self.below.iter().map(|(step, below)| (step.clone(), below.json())).collect();
        if self.member && !steps.is_empty() {
            steps.insert(".".to_owned(), Value::Object(Map::new()));
        }
        Value::Object(steps)
    }

    pub(crate) fn insert(&mut self, path: &[String]) {
        let mut at = self;
        for step in path {
            at = at.below.entry(step.clone()).or_default();
        }
        at.member = true;
    }

    pub(crate) fn is_empty(&self) -> bool {
        !self.member && self.below.is_empty()
    }

    /// Adds what is in the other set.
    pub(crate) fn add(&mut self, other: &Self) {
        self.member |= other.member;
        for (step, other) in &other.below {
            self.below.entry(step.clone()).or_default().add(other);
        }
    }

    /// Takes out what is in the other set.
    pub(crate) fn remove(&mut self, other: &Self) {
        self.member &= !other.member;
        for (step, other) in &other.below {
            if let Some(below) = self.below.get_mut(step) {
                below.remove(other);
                if below.is_empty() {
                    self.below.remove(step);
                }
            }
        }
    }

    /// What is in both.
    pub(crate) fn common(&self, other: &Self) -> Self {
        let both = |(step, below): (&String, &Self)| Some((step.clone(), below.common(other.below.get(step)?)));
        let below = self.below.iter().filter_map(both).filter(|(_, below)| !below.is_empty()).collect();
        Self { member: self.member && other.member, below }
    }

    /// Takes out everything at and below a path.
    pub(crate) fn cut(&mut self, path: &[&str]) {
        match path {
            [] => {}
            [last] => {
                self.below.remove(*last);
            }
            [first, rest @ ..] => {
                if let Some(below) = self.below.get_mut(*first) {
                    below.cut(rest);
                    if below.is_empty() {
                        self.below.remove(*first);
                    }
                }
            }
        }
    }

    /// Takes out the field itself, and leaves what is below.
    pub(crate) fn unmark(&mut self, step: &str) {
        if let Some(below) = self.below.get_mut(step) {
            below.member = false;
            if below.is_empty() {
                self.below.remove(step);
            }
        }
    }

    /// Leaves only what is below a field.
    pub(crate) fn only(&mut self, step: &str) {
        self.below.retain(|each, _| each == step);
    }

    pub(crate) fn below(&self) -> impl Iterator<Item = (&str, &Self)> {
        self.below.iter().map(|(step, below)| (step.as_str(), below))
    }

    pub(crate) fn is_member(&self) -> bool {
        self.member
    }

    /// Whether all of it is in a set that is written as that.
    pub(crate) fn is_within(&self, written: &Value) -> bool {
        let Some(steps) = written.as_object() else { return false };
        let member = steps.is_empty() || steps.contains_key(".");
        let below = |(step, below): (&String, &Self)| steps.get(step).is_some_and(|written| below.is_within(written));
        (member || !self.member) && self.below.iter().all(below)
    }

    /// Whether some of it is in a set that is written as that.
    pub(crate) fn touches(&self, written: &Value) -> bool {
        let Some(steps) = written.as_object() else { return false };
        let member = steps.is_empty() || steps.contains_key(".");
        let below = |(step, below): (&String, &Self)| steps.get(step).is_some_and(|written| below.touches(written));
        (member && self.member) || self.below.iter().any(below)
    }

    /// Every path, as messages write it: `.spec.ports[port=80,protocol="TCP"].name`.
    pub(crate) fn paths(&self) -> Vec<String> {
        let mut paths = Vec::new();
        self.write_paths("", &mut paths);
        paths
    }

    fn write_paths(&self, at: &str, paths: &mut Vec<String>) {
        if self.member {
            paths.push(at.to_owned());
        }
        for (step, below) in &self.below {
            below.write_paths(&format!("{at}{}", shown(step)), paths);
        }
    }
}

/// A step as messages write it.
pub(crate) fn shown(step: &str) -> String {
    match step.split_once(':') {
        Some(("f", name)) => format!(".{name}"),
        Some(("v", value)) => format!("[={value}]"),
        Some(("k", keys)) => {
            let keys: Map<String, Value> = serde_json::from_str(keys).unwrap_or_default();
            let keys: Vec<String> = keys.iter().map(|(key, value)| format!("{key}={value}")).collect();
            format!("[{}]", keys.join(","))
        }
        _ => step.to_owned(),
    }
}

/// The step to an item of a list.
pub(crate) fn item_step(list: &List, item: &Value) -> String {
    let List::Map(keys) = list else { return format!("v:{item}") };
    let named =
        keys.iter().filter_map(|(key, default)| Some((key.clone(), item.get(key).or(default.as_ref())?.clone())));
    format!("k:{}", Value::Object(named.collect()))
}
