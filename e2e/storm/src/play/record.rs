//! What happened in one run.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};
use sluice_world::api::{Store, Write};
use sluice_world::ending::Ending;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::law::Laws;
use crate::play::Played;

/// How much of a run is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// A number that tells two runs apart.
    Digest,
    /// Every line as well.
    Transcript,
}

/// Who the API server says wrote it.
const SLUICE: &str = "sluice";

/// So many writes within [`MOMENT`] are writes that follow on each other, and never end.
const WHIRL: usize = 500;
const MOMENT: Duration = Duration::from_secs(1);

/// Kept while a story is played.
#[derive(Debug)]
pub(super) struct Record {
    detail: Detail,
    began: Instant,
    laws: Laws,
    writes: usize,
    created: BTreeMap<String, usize>,
    told: BTreeMap<String, usize>,
    lines: Vec<String>,
    digest: DefaultHasher,
    /// Since when writes are counted, and how many there were.
    moment: (Instant, usize),
    whirl: Arc<Notify>,
}

impl Record {
    pub(super) fn new(detail: Detail, laws: Laws) -> Self {
        let digest = DefaultHasher::new();
        let (lines, created, told) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
        let began = Instant::now();
        let (moment, whirl) = ((began, 0), Arc::default());
        Self { detail, began, laws, writes: 0, created, told, lines, digest, moment, whirl }
    }

    /// Takes down a committed write.
    pub(super) fn wrote(&mut self, store: &Store, write: &Write) {
        let kind = write.of.kind;
        if write.by == SLUICE && kind != "Lease" {
            self.writes += 1;
            self.count();
            // An event that is told again counts up in the one that is there.
            if let Some(event) = write.after.as_ref().filter(|_| kind == "Event") {
                *self.told.entry(words(event)).or_default() += 1;
            } else if write.verb == "create" {
                *self.created.entry(kind.to_owned()).or_default() += 1;
            }
        }
        (self.began.elapsed(), write.verb, kind, &write.name, &write.by).hash(&mut self.digest);
        if self.detail == Detail::Transcript {
            let what = difference(write.before.as_deref(), write.after.as_deref());
            self.say(&format!("{} {} {kind} {} {what}", write.by, write.verb, write.name));
        }
        let known = self.laws.broken.len();
        self.laws.look(store, write);
        for broken in self.laws.broken.split_off(known) {
            self.broke(broken);
        }
    }

    /// Tells when writes follow on each other so fast that no time passes between them: such a run would never end.
    pub(super) fn whirl(&self) -> Arc<Notify> {
        self.whirl.clone()
    }

    fn count(&mut self) {
        if self.moment.0.elapsed() > MOMENT {
            self.moment = (Instant::now(), 0);
        }
        self.moment.1 += 1;
        if self.moment.1 == WHIRL {
            self.broke(format!("it comes to rest: {WHIRL} writes within {MOMENT:?}"));
            self.whirl.notify_one();
        }
    }

    /// Takes down a line.
    pub(super) fn say(&mut self, line: &str) {
        line.hash(&mut self.digest);
        if self.detail == Detail::Transcript {
            self.lines.push(format!("{:>10.3} {line}", self.began.elapsed().as_secs_f64()));
        }
    }

    /// Takes down that a law was broken.
    pub(super) fn broke(&mut self, law: String) {
        self.say(&format!("!! {law}"));
        self.laws.broken.push(law);
    }

    /// How often the controller wrote.
    pub(super) fn writes(&self) -> usize {
        self.writes
    }

    /// All of it.
    pub(super) fn told(&self, store: &Store) -> Played {
        Played {
            ending: Ending::of(store),
            created: self.created.clone(),
            told: self.told.clone(),
            broken: self.laws.broken.clone(),
            transcript: self.lines.clone(),
            digest: self.digest.finish(),
            ..Played::default()
        }
    }
}

/// What a write changed, in a line.
fn difference(before: Option<&Value>, after: Option<&Value>) -> String {
    let (Some(before), Some(after)) = (before, after) else { return String::new() };
    let mut changed = Vec::new();
    compare("", before, after, &mut changed);
    changed.join(", ")
}

fn compare(path: &str, before: &Value, after: &Value, changed: &mut Vec<String>) {
    if before == after || path.ends_with("/managedFields") || path.ends_with("/resourceVersion") {
        return;
    }
    let (Value::Object(old), Value::Object(new)) = (before, after) else {
        changed.push(format!("{path} {before} → {after}"));
        return;
    };
    let side = |object: &Map<String, Value>, key: &str| object.get(key).cloned().unwrap_or_default();
    for key in old.keys().chain(new.keys().filter(|key| !old.contains_key(*key))) {
        compare(&format!("{path}/{key}"), &side(old, key), &side(new, key), changed);
    }
}

/// What an event says of whom.
fn words(event: &Value) -> String {
    let text = |path| event.pointer(path).and_then(Value::as_str).unwrap_or_default();
    format!("{} {}: {}", text("/regarding/name"), text("/reason"), text("/note"))
}
