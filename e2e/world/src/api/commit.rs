//! Gives a version to what was decided, and takes it into the books.

use std::sync::Arc;

use serde_json::Value;

use super::entry::{Entry, Key};
use super::meta;
use super::state::{Change, State};
use super::write::{Call, Run};

/// Puts an object where it belongs, under a new version.
pub(crate) fn put(state: &mut State, call: &Call, before: Option<Arc<Entry>>, mut object: Value) -> Arc<Entry> {
    if call.run == Run::Dry {
        return Entry::new(object, before.map_or(0, |before| before.version));
    }
    let version = next(state, &mut object);
    let key = Key::of(&object);
    let now = Entry::new(object, version);
    state.record(call.of, Change { version, key, before, now: now.clone(), gone: false }, call.by);
    now
}

/// Removes an object; `last` is what it was in the end.
pub(crate) fn remove(state: &mut State, call: &Call, before: Arc<Entry>, mut last: Value) -> Arc<Entry> {
    if call.run == Run::Dry {
        return before;
    }
    let version = next(state, &mut last);
    let key = Key::of(&last);
    let now = Entry::new(last, version);
    state.record(call.of, Change { version, key, before: Some(before), now: now.clone(), gone: true }, call.by);
    now
}

fn next(state: &mut State, object: &mut Value) -> u64 {
    state.version += 1;
    meta::set(object, "resourceVersion", state.version.to_string().into());
    state.version
}
