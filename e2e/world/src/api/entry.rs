//! One version of one object.

use std::sync::{Arc, OnceLock};

use hyper::body::Bytes;
use serde_json::{Value, json};

use super::meta;

/// One version of one object: shared by everybody who reads it, and written out once.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) value: Arc<Value>,
    pub(crate) version: u64,
    whole: OnceLock<Bytes>,
    partial: OnceLock<Bytes>,
    item: OnceLock<Bytes>,
}

/// How much of an object is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum View {
    Whole,
    Metadata,
    /// All but the kind, which lists of built-in kinds name once.
    Item,
}

impl Entry {
    pub(crate) fn new(value: Value, version: u64) -> Arc<Self> {
        let (whole, partial, item) = Default::default();
        Arc::new(Self { value: Arc::new(value), version, whole, partial, item })
    }

    /// The object as JSON.
    pub(crate) fn bytes(&self, view: View) -> &Bytes {
        match view {
            View::Whole => self.whole.get_or_init(|| self.value.to_string().into()),
            View::Item => self.item.get_or_init(|| without_kind(&self.value).to_string().into()),
            View::Metadata => self.partial.get_or_init(|| partial(&self.value).to_string().into()),
        }
    }
}

fn without_kind(object: &Value) -> Value {
    let mut item = object.clone();
    if let Some(fields) = item.as_object_mut() {
        fields.retain(|key, _| key != "kind" && key != "apiVersion");
    }
    item
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
