//! What was rendered, by the hash of all that went in.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::sync::{Arc, Mutex, PoisonError};

use ring::digest::{Context, SHA256};
use serde_json::Value;

use crate::credentials::Access;
use crate::limits::Limits;
use crate::witness::Witness;

/// Objects and warnings of one source.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Kept {
    pub objects: Vec<Arc<Value>>,
    pub warnings: Vec<String>,
    /// What it looked at beyond what is in its key.
    pub witnesses: Vec<Witness>,
    /// What it was fetched from beyond its source.
    pub fetched: Vec<Fetched>,
}

/// A repository that a render was fetched from beyond its source, and as whom: for others the render is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fetched {
    pub repository: String,
    pub access: Access,
}

/// The hash of all that goes into a render.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key(pub String);

/// Makes a key.
pub(crate) struct Hashed(Context);

impl Hashed {
    pub(crate) fn new(what: &str) -> Self {
        let mut hashed = Self(Context::new(&SHA256));
        hashed.add(what);
        hashed
    }

    /// Adds a part; that "ab" and "c" are not "a" and "bc" is told by their lengths.
    pub(crate) fn add(&mut self, part: impl AsRef<[u8]>) {
        let part = part.as_ref();
        self.0.update(&(part.len() as u64).to_le_bytes());
        self.0.update(part);
    }

    pub(crate) fn key(self) -> Key {
        Key(hex(self.0.finish().as_ref()))
    }
}

/// Hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // A string takes everything.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Renders, the most recently used, within limits of number and size. Only what was rendered whole gets in.
#[derive(Debug)]
pub(crate) struct Cache {
    most: usize,
    bytes: usize,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    kept: HashMap<Key, Slot>,
    /// By the tick of their last use.
    order: BTreeMap<u64, Key>,
    tick: u64,
    bytes: usize,
}

#[derive(Debug)]
struct Slot {
    render: Arc<Kept>,
    size: usize,
    tick: u64,
}

impl Cache {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self { most: limits.renders, bytes: limits.cache, inner: Mutex::default() }
    }

    pub(crate) fn get(&self, key: &Key) -> Option<Arc<Kept>> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.touch(key)
    }

    /// Keeps a render. One that alone is too big is not kept.
    pub(crate) fn put(&self, key: Key, render: Arc<Kept>) {
        let size = render.objects.iter().map(|object| size_of(object)).sum::<usize>() + 256;
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.remove(&key);
        if size > self.bytes {
            return;
        }
        inner.tick += 1;
        let tick = inner.tick;
        inner.order.insert(tick, key.clone());
        inner.bytes += size;
        inner.kept.insert(key, Slot { render, size, tick });
        while inner.bytes > self.bytes || inner.kept.len() > self.most {
            let Some(oldest) = inner.order.values().next().cloned() else { return };
            inner.remove(&oldest);
        }
    }
}

impl Inner {
    fn touch(&mut self, key: &Key) -> Option<Arc<Kept>> {
        self.tick += 1;
        let tick = self.tick;
        let slot = self.kept.get_mut(key)?;
        self.order.remove(&slot.tick);
        slot.tick = tick;
        self.order.insert(tick, key.clone());
        Some(Arc::clone(&slot.render))
    }

    fn remove(&mut self, key: &Key) {
        if let Some(slot) = self.kept.remove(key) {
            self.order.remove(&slot.tick);
            self.bytes -= slot.size;
        }
    }
}

/// About how much memory a value takes.
fn size_of(value: &Value) -> usize {
    let own = size_of_val(value);
    own + match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(size_of).sum(),
        // A key, its text, and its place in the tree.
        Value::Object(fields) => fields.iter().map(|(key, value)| 48 + key.len() + size_of(value)).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> Key {
        Hashed::new(name).key()
    }

    fn render(length: usize) -> Arc<Kept> {
        Arc::new(Kept { objects: vec![Arc::new(Value::String("x".repeat(length)))], ..Kept::default() })
    }

    #[test]
    fn the_least_recently_used_goes_first() {
        let cache = Cache::new(&Limits { renders: 2, cache: 10_000, ..Limits::default() });
        cache.put(key("a"), render(1));
        cache.put(key("b"), render(1));
        assert!(cache.get(&key("a")).is_some());
        cache.put(key("c"), render(1));
        assert!(cache.get(&key("b")).is_none());
        assert!(cache.get(&key("a")).is_some() && cache.get(&key("c")).is_some());
    }

    #[test]
    fn it_holds_so_many_bytes() {
        let cache = Cache::new(&Limits { renders: 100, cache: 10_000, ..Limits::default() });
        for name in ["a", "b", "c", "d"] {
            cache.put(key(name), render(3000));
        }
        assert!(cache.get(&key("a")).is_none() && cache.get(&key("d")).is_some());
        cache.put(key("huge"), render(20_000));
        assert!(cache.get(&key("huge")).is_none() && cache.get(&key("d")).is_some());
        cache.put(key("d"), render(9000));
        assert!(cache.get(&key("c")).is_none() && cache.get(&key("d")).is_some());
        assert!(cache.inner.lock().unwrap().bytes < 10_000);
    }

    #[test]
    fn parts_of_a_key_do_not_run_together() {
        let of = |parts: [&str; 2]| {
            let mut hashed = Hashed::new("");
            for part in parts {
                hashed.add(part);
            }
            hashed.key()
        };
        assert_ne!(of(["ab", "c"]), of(["a", "bc"]));
        assert_eq!(of(["ab", "c"]), of(["ab", "c"]));
    }
}
