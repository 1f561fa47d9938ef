//! What the server keeps: the objects of each kind, and what became of them lately.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use crate::news::{Listener, News};
use serde_json::Value;

use super::catalog::{self, Resource};
use super::entry::{Entry, Key};

/// Changes that are remembered of each kind; older ones cannot be watched or listed any more.
const REMEMBERED: usize = 4096;

/// The version of an empty server. As with a real one, version 1 is long gone.
const FIRST: u64 = 100;

/// A committed write.
#[derive(Clone, Debug)]
pub struct Write {
    /// `create`, `update` or `delete`.
    pub verb: &'static str,
    /// Its kind.
    pub of: &'static Resource,
    /// Its namespace; empty for what is in none.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Who wrote: the field manager.
    pub by: String,
    /// What was there.
    pub before: Option<Arc<Value>>,
    /// What is there now.
    pub after: Option<Arc<Value>>,
    /// The version it made.
    pub version: u64,
}

/// What became of one object.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) version: u64,
    pub(crate) key: Key,
    pub(crate) before: Option<Arc<Entry>>,
    /// For a deletion, what was there last, under the deletion's version.
    pub(crate) now: Arc<Entry>,
    pub(crate) gone: bool,
}

/// The objects of one kind.
#[derive(Debug)]
pub(crate) struct Shelf {
    pub(crate) objects: BTreeMap<Key, Arc<Entry>>,
    log: VecDeque<Change>,
    /// Changes up to this version are no longer remembered.
    forgotten: u64,
    told: News,
}

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) version: u64,
    uids: u64,
    /// What is served: the catalog, and what definitions of this server add.
    served: Vec<&'static Resource>,
    shelves: BTreeMap<(&'static str, &'static str), Shelf>,
    /// Committed and not yet told to those who look at writes.
    pub(crate) untold: VecDeque<Write>,
}

impl State {
    pub(crate) fn new() -> Self {
        let shelves = catalog::all().iter().filter(|of| of.stored).map(|of| (place(of), Shelf::new())).collect();
        Self { version: FIRST, uids: 0, served: catalog::all().to_vec(), shelves, untold: VecDeque::new() }
    }

    /// Every kind that is served now.
    pub(crate) fn served(&self) -> &[&'static Resource] {
        &self.served
    }

    /// Whether a kind is served as it was when it was found.
    pub(crate) fn serves(&self, of: &Resource) -> bool {
        self.served.iter().any(|served| std::ptr::eq(*served, of))
    }

    /// Serves a kind, in place of the one of that name.
    pub(crate) fn serve(&mut self, of: &'static Resource) {
        self.stop_serving(of);
        self.served.push(of);
        // What was kept under that name is kept, and so is up to where it is remembered.
        self.shelves.entry(place(of)).or_insert_with(Shelf::new);
    }

    /// Serves no kind of that name any more.
    pub(crate) fn stop_serving(&mut self, of: &Resource) {
        self.served.retain(|served| place(served) != place(of));
    }

    pub(crate) fn shelf(&self, of: &Resource) -> &Shelf {
        // Every stored kind got its shelf before it was served, and none is ever taken away.
        &self.shelves[&place(of)]
    }

    pub(crate) fn shelves(&self) -> impl Iterator<Item = (&'static Resource, &Shelf)> {
        self.served.iter().filter(|of| of.stored).map(|of| (*of, self.shelf(of)))
    }

    pub(crate) fn get(&self, of: &Resource, namespace: &str, name: &str) -> Option<Arc<Entry>> {
        self.shelf(of).objects.get(&Key::new(namespace, name)).cloned()
    }

    /// The next name of its own for an object.
    pub(crate) fn uid(&mut self) -> String {
        self.uids += 1;
        format!("00000000-0000-4000-8000-{:012x}", self.uids)
    }

    /// Takes a change into the books.
    pub(crate) fn record(&mut self, of: &'static Resource, change: Change, by: &str) {
        self.untold.push_back(told(of, &change, by));
        let Some(kept) = self.shelves.get_mut(&place(of)) else { return };
        if change.gone {
            kept.objects.remove(&change.key);
        } else {
            kept.objects.insert(change.key.clone(), change.now.clone());
        }
        kept.remember(change);
    }

    /// Forgets what was before that version: older watches and pages have expired.
    pub(crate) fn compact(&mut self, before: u64) {
        for shelf in self.shelves.values_mut() {
            while shelf.log.front().is_some_and(|change| change.version <= before) {
                shelf.log.pop_front();
            }
            shelf.forgotten = shelf.forgotten.max(before);
        }
    }
}

impl Shelf {
    fn new() -> Self {
        Self { objects: BTreeMap::new(), log: VecDeque::new(), forgotten: FIRST - 1, told: News::default() }
    }

    fn remember(&mut self, change: Change) {
        let version = change.version;
        self.log.push_back(change);
        if self.log.len() > REMEMBERED
            && let Some(oldest) = self.log.pop_front()
        {
            self.forgotten = oldest.version;
        }
        self.told.publish(version);
    }

    /// Wakes at each change.
    pub(crate) fn changes(&self) -> Listener {
        self.told.listen()
    }

    /// Whether all that came after that version is still known.
    pub(crate) fn remembers(&self, version: u64) -> bool {
        version >= self.forgotten
    }

    /// What came after a version, up to another.
    pub(crate) fn between(&self, after: u64, until: u64) -> impl Iterator<Item = &Change> {
        let from = self.log.partition_point(|change| change.version <= after);
        self.log.iter().skip(from).take_while(move |change| change.version <= until)
    }

    /// What one place held at a version.
    pub(crate) fn get_at(&self, key: &Key, version: u64) -> Option<Arc<Entry>> {
        match self.between(version, u64::MAX).find(|change| change.key == *key) {
            Some(change) => change.before.clone(),
            None => self.objects.get(key).cloned(),
        }
    }

    /// What all places held at a version, from the first one after `from` on.
    pub(crate) fn list_at(&self, version: u64) -> BTreeMap<Key, Arc<Entry>> {
        let mut objects = self.objects.clone();
        let from = self.log.partition_point(|change| change.version <= version);
        for change in self.log.iter().skip(from).rev() {
            match &change.before {
                Some(before) => objects.insert(change.key.clone(), before.clone()),
                None => objects.remove(&change.key),
            };
        }
        objects
    }
}

fn place(of: &Resource) -> (&'static str, &'static str) {
    (of.group, of.plural)
}

fn told(of: &'static Resource, change: &Change, by: &str) -> Write {
    let verb = match (&change.before, change.gone) {
        (_, true) => "delete",
        (None, false) => "create",
        (Some(_), false) => "update",
    };
    Write {
        verb,
        of,
        namespace: change.key.namespace.clone(),
        name: change.key.name.clone(),
        by: by.to_owned(),
        before: change.before.as_ref().map(|entry| entry.value.clone()),
        after: (!change.gone).then(|| change.now.value.clone()),
        version: change.version,
    }
}
