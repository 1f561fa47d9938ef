//! What the API server said to writes that were only tried, for as long as nothing that it depends on changes.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use sluice_gitops::application::change::Manner;
use sluice_gitops::application::observed::Tried;
use sluice_gitops::diff::{Difference, Ignore};
use sluice_gitops::{Key, Object};
use tokio::time::Instant;

use crate::live::As;

/// How many forms of one object are remembered: that of the newest commit, and that of an operation.
const FORMS: usize = 4;
/// How long a refusal counts: what it is for may change without anybody being told, a quota for instance.
const REFUSED: Duration = Duration::from_mins(1);

/// Answers, by object.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    answers: HashMap<Key, Vec<Answer>>,
}

/// What an answer depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Question {
    desired: u64,
    live: u64,
    /// What counts for nothing; `None`: whatever does.
    ignore: Option<u64>,
    /// Who asks, and what may be done.
    how: u64,
}

#[derive(Debug)]
struct Answer {
    to: Question,
    tried: Tried,
    difference: Option<Arc<Difference>>,
    until: Option<Instant>,
}

impl Question {
    /// What would become of an object that is there, or is not.
    pub(crate) fn new(desired: &Object, live: Option<&Object>, ignore: &[Ignore], manner: Manner, by: &As) -> Self {
        Self {
            desired: print_of(desired),
            live: live.map_or(0, print_of),
            ignore: Some(hashed(&format!("{ignore:?}"))),
            how: hashed(&(by, manner.force, manner.unchecked)),
        }
    }

    /// The same, whatever counts for nothing.
    fn anyhow(self) -> Self {
        Self { ignore: None, ..self }
    }
}

impl Memory {
    /// The answer, if it is known.
    pub(crate) fn recall(&self, key: &Key, to: Question) -> Option<(Tried, Option<Difference>)> {
        let known = self.answers.get(key)?.iter();
        let mut known = known.filter(|answer| answer.until.is_none_or(|until| Instant::now() < until));
        let answer = known.find(|answer| answer.to == to || answer.to == to.anyhow())?;
        Some((answer.tried.clone(), answer.difference.as_deref().cloned()))
    }

    /// Keeps an answer.
    pub(crate) fn keep(&mut self, key: &Key, to: Question, tried: &Tried, difference: Option<&Difference>) {
        let until = match tried {
            Tried::Same | Tried::Differs => None,
            Tried::Refused(_) => Some(Instant::now() + REFUSED),
            Tried::NotYet | Tried::UnknownKind(_) => return,
        };
        let difference = difference.filter(|difference| !difference.is_none()).cloned().map(Arc::new);
        let answers = self.answers.entry(key.clone()).or_default();
        answers.retain(|answer| answer.to != to);
        answers.insert(0, Answer { to, tried: tried.clone(), difference, until });
        answers.truncate(FORMS);
    }

    /// What was just written stays the same, whatever counts for nothing.
    pub(crate) fn written(&mut self, key: &Key, desired: &Object, answer: &Object, manner: Manner, by: &As) {
        let to = Question::new(desired, Some(answer), &[], manner, by).anyhow();
        self.keep(key, to, &Tried::Same, None);
    }

    /// Forgets an object.
    pub(crate) fn forget(&mut self, key: &Key) {
        self.answers.remove(key);
    }
}

fn hashed(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// Of an object, without what the API server and controllers write all the time and no answer depends on.
fn print_of(object: &Object) -> u64 {
    let mut hasher = DefaultHasher::new();
    if let Some(fields) = object.value().as_object() {
        for (name, field) in fields.iter().filter(|(name, _)| *name != "status") {
            name.hash(&mut hasher);
            match field.as_object().filter(|_| name == "metadata") {
                Some(metadata) => metadata.iter().filter(|(name, _)| !is_passing(name)).for_each(|(name, field)| {
                    name.hash(&mut hasher);
                    print(field, &mut hasher);
                }),
                None => print(field, &mut hasher),
            }
        }
    }
    hasher.finish()
}

fn is_passing(name: &str) -> bool {
    matches!(name, "resourceVersion" | "managedFields" | "generation")
}

fn print(value: &Value, hasher: &mut impl Hasher) {
    match value {
        Value::Null => 0_u8.hash(hasher),
        Value::Bool(is) => (1_u8, is).hash(hasher),
        Value::Number(number) => (2_u8, number).hash(hasher),
        Value::String(text) => (3_u8, text).hash(hasher),
        Value::Array(items) => {
            (4_u8, items.len()).hash(hasher);
            for item in items {
                print(item, hasher);
            }
        }
        Value::Object(fields) => {
            (5_u8, fields.len()).hash(hasher);
            for (name, field) in fields {
                name.hash(hasher);
                print(field, hasher);
            }
        }
    }
}
