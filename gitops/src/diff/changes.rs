//! What differs between two values, field by field.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value;

use super::secret;

/// One field that differs.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The field, as a JSON pointer.
    pub pointer: String,
    /// What is there.
    pub live: Option<Value>,
    /// What git says.
    pub wanted: Option<Value>,
}

/// The longest value that is shown.
const SHOWN: usize = 200;

impl Change {
    /// What is there and what git says, as people are shown them: shortened, and `nothing` where there is none.
    pub fn shown(&self) -> [String; 2] {
        [&self.live, &self.wanted].map(|value| match value {
            None => "nothing".to_owned(),
            Some(value) => {
                let text = value.to_string();
                match text.char_indices().nth(SHOWN) {
                    Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
                    None => text,
                }
            }
        })
    }

    /// The same without what its values are.
    pub(super) fn masked(self) -> Self {
        if !secret::FIELDS.iter().any(|field| self.pointer.starts_with(field)) {
            return self;
        }
        let mask = |value: Option<Value>, mark: &str| value.map(|_| Value::from(mark));
        Self { live: mask(self.live, secret::ONE), wanted: mask(self.wanted, secret::ANOTHER), ..self }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [live, wanted] = self.shown();
        write!(f, "{}: {live} → {wanted}", self.pointer)
    }
}

/// What differs. Lists of the same length are looked into; others differ as a whole.
pub(super) fn between(live: &Value, wanted: &Value) -> Vec<Change> {
    let mut changes = Vec::new();
    walk(&mut changes, String::new(), Some(live), Some(wanted));
    changes
}

fn walk(changes: &mut Vec<Change>, pointer: String, live: Option<&Value>, wanted: Option<&Value>) {
    match (live, wanted) {
        (Some(Value::Object(old)), Some(Value::Object(new))) => {
            let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
            for name in names {
                let below = format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
                walk(changes, below, old.get(name), new.get(name));
            }
        }
        (Some(Value::Array(old)), Some(Value::Array(new))) if old.len() == new.len() => {
            for (at, (old, new)) in old.iter().zip(new).enumerate() {
                walk(changes, format!("{pointer}/{at}"), Some(old), Some(new));
            }
        }
        (old, new) if says(old) == says(new) => {}
        (old, new) => changes.push(Change { pointer, live: old.cloned(), wanted: new.cloned() }),
    }
}

/// A value that says nothing is as good as none.
fn says(value: Option<&Value>) -> Option<&Value> {
    value.filter(|value| match value {
        Value::Null => false,
        Value::Object(fields) => !fields.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => true,
    })
}
