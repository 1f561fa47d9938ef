//! One version of one object.

use std::cmp::Ordering;
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

/// Its place. Places are in the order of paths, as those who keep them by path have them: a namespace `a-b` is before `a`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Key {
    /// Empty for what is in none.
    pub(crate) namespace: String,
    pub(crate) name: String,
}

impl Key {
    pub(crate) fn new(namespace: &str, name: &str) -> Self {
        Self { namespace: namespace.to_owned(), name: name.to_owned() }
    }

    /// Where an object belongs.
    pub(crate) fn of(object: &Value) -> Self {
        Self::new(meta::text(object, "namespace"), meta::text(object, "name"))
    }

    fn path(&self) -> impl Iterator<Item = u8> {
        self.namespace.bytes().chain(std::iter::once(b'/')).chain(self.name.bytes())
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        self.path().cmp(other.path())
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
