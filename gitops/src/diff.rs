//! Whether an object in the cluster is as git says.
//!
//! The API server itself says what applying an object would make of it: the answer of a server-side apply that is only tried.
//! Defaults, other managers' fields and what webhooks change are the same in it and in the live object, so what differs is what a
//! sync would change. Nothing here guesses at schemas.

mod changes;
mod counterpart;
mod ignore;
pub mod jq;
mod owned;
pub mod released;
mod secret;

use std::fmt;

use serde_json::Value;

pub use self::changes::Change;
pub use self::ignore::Ignore;
use crate::Object;

/// Where an object in the cluster is not as git says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Difference(pub Vec<Change>);

impl Difference {
    /// Whether it is as git says.
    pub fn is_none(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|change| writeln!(f, "{change}"))
    }
}

/// Compares an object as applying it would make it with what is there.
///
/// Never shows what is in a Secret: only that it changes.
pub fn compare(tried: &Object, live: &Object, ignore: &[Ignore]) -> Difference {
    let (wanted, found) = compared(tried, live, ignore);
    let changes = changes::between(&found, &wanted);
    let masked = is_secret(live);
    Difference(changes.into_iter().map(|change| if masked { change.masked() } else { change }).collect())
}

/// The same two sides as people are shown them, what applying would make first and what is there second: without what does not
/// count, and with only that it changes in the place of what is in a Secret.
pub fn sides(tried: &Object, live: &Object, ignore: &[Ignore]) -> (Value, Value) {
    let (mut wanted, mut found) = compared(tried, live, ignore);
    if is_secret(live) {
        secret::mask(&mut wanted, &mut found);
    }
    (wanted, found)
}

fn compared(tried: &Object, live: &Object, ignore: &[Ignore]) -> (Value, Value) {
    let (mut wanted, mut found) = (tried.to_value(), live.to_value());
    let key = live.key();
    for rule in ignore.iter().filter(|rule| rule.is_for(&key)) {
        rule.apply(&mut wanted, &mut found);
    }
    for side in [&mut wanted, &mut found] {
        normalise(side);
    }
    (wanted, found)
}

fn is_secret(object: &Object) -> bool {
    object.key().is("", "Secret")
}

/// The object to write where differences that count as none must not be undone: as git says, but with what is there in the fields
/// of the rules.
pub fn respecting(desired: &Object, live: &Object, ignore: &[Ignore]) -> Object {
    let key = live.key();
    let mut wanted = desired.to_value();
    for rule in ignore.iter().filter(|rule| rule.is_for(&key)) {
        rule.leave(&mut wanted, live.value());
    }
    Object::from(wanted)
}

/// What the API server keeps for itself.
const OWN: &[&str] = &["managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "selfLink"];

/// Takes out what no manifest decides: the API server's own fields, the status, and rules that are put together of others.
fn normalise(value: &mut Value) {
    let aggregated = value.get("aggregationRule").is_some_and(|rule| !rule.is_null());
    let Some(fields) = value.as_object_mut() else { return };
    fields.remove("status");
    if aggregated {
        fields.remove("rules");
    }
    if let Some(metadata) = fields.get_mut("metadata").and_then(Value::as_object_mut) {
        for own in OWN {
            metadata.remove(*own);
        }
        // As long as its own value, and all of it in one line: nothing of it is for people.
        if let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_object_mut) {
            annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
        }
    }
}

#[cfg(test)]
#[allow(clippy::needless_pass_by_value, reason = "json!() and expect![] are written where they are used")]
mod tests;
