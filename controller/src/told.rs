//! What was said of an object, so that it is not said again by each pass.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::key::Key;

/// The last that was said of each object. Kept in memory only: a controller that starts anew says it once more.
#[derive(Debug, Default)]
pub struct Told(Mutex<BTreeMap<Key, String>>);

impl Told {
    /// Whether it was not the last that was said; from now on it is.
    pub fn is_news(&self, about: &Key, text: &str) -> bool {
        self.lock().insert(about.clone(), text.to_owned()).as_deref() != Some(text)
    }

    /// Nothing is said of it any more.
    pub fn forget(&self, about: &Key) {
        self.lock().remove(about);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Key, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
