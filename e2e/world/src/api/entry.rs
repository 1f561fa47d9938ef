//! One version of one object.

use std::sync::{Arc, OnceLock};

use serde_json::{Value, json};

use super::meta;

/// One version of one object: shared by everybody who reads it, and written out once.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) value: Arc<Value>,
    pub(crate) version: u64,
    whole: OnceLock<Arc<str>>,
    partial: OnceLock<Arc<str>>,
}

/// How much of an object is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum View {
    Whole,
    Metadata,
}

impl Entry {
    pub(crate) fn new(value: Value, version: u64) -> Arc<Self> {
        Arc::new(Self { value: Arc::new(value), version, whole: OnceLock::new(), partial: OnceLock::new() })
    }

    /// The object as JSON.
    pub(crate) fn text(&self, view: View) -> &Arc<str> {
        match view {
            View::Whole => self.whole.get_or_init(|| self.value.to_string().into()),
            View::Metadata => self.partial.get_or_init(|| partial(&self.value).to_string().into()),
        }
    }
}

fn partial(object: &Value) -> Value {
    let metadata = object.get("metadata").cloned().unwrap_or_default();
    json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": metadata})
}

/// Its place: namespace (empty for what is in none) and name.
pub(crate) type Key = (String, String);

/// Where an object belongs.
pub(crate) fn key(object: &Value) -> Key {
    (meta::text(object, "namespace").to_owned(), meta::text(object, "name").to_owned())
}
