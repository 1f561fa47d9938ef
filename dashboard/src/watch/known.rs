//! All objects of one kind, as a list and then a watch tell of them.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use kube::{Resource, ResourceExt};
use kube_runtime::watcher::{Error, Event};
use sluice_read::Guarded;
use tokio::sync::watch;
use tokio::time::{Duration, timeout};
use tracing::warn;

use super::Key;
use super::kept::{Kept, map};
use crate::kind::Kind;

/// How long a page waits for the first list.
const FIRST: Duration = Duration::from_secs(5);

/// An object, or why it cannot be read.
type Read<K> = Result<Arc<K>, String>;

/// All objects of a kind.
#[derive(Debug)]
pub struct Known<K> {
    kind: Kind,
    state: RwLock<State<K>>,
    changed: watch::Sender<u64>,
}

#[derive(Debug)]
struct State<K> {
    objects: Kept<Key, Read<K>>,
    trouble: Option<String>,
}

impl<K: Resource> Known<K> {
    /// None yet.
    pub(super) fn new(kind: Kind) -> Self {
        let state = RwLock::new(State { objects: Kept::default(), trouble: None });
        Self { kind, state, changed: watch::Sender::new(0) }
    }

    /// Takes in what a watch says.
    pub(super) fn take(&self, event: Event<Guarded<K>>) {
        let is_list = matches!(event, Event::InitDone);
        let mut state = self.write();
        state.trouble = None;
        state.objects.take(map(event, |object| {
            let key = Key { namespace: object.namespace().unwrap_or_default(), name: object.name_any() };
            (key, object.0.map(slim).map_err(|error| error.to_string()))
        }));
        // Not for each object of a list: only when it is complete.
        if is_list || state.objects.is_ready() {
            drop(state);
            self.changed.send_modify(|version| *version += 1);
        }
    }

    /// Takes in that there is no watch, and why.
    pub(super) fn lack(&self, why: &str) {
        self.write().trouble = Some(why.to_owned());
    }

    /// Takes in that a watch fails; it is tried again.
    pub(super) fn fail(&self, error: &Error) {
        let trouble = told(self.kind, error);
        let mut state = self.write();
        if state.trouble.as_ref() == Some(&trouble) {
            return;
        }
        warn!(trouble, "a watch for the dashboard fails; it is tried again");
        state.trouble = Some(trouble);
        drop(state);
        self.changed.send_modify(|version| *version += 1);
    }

    /// Those that can be read.
    pub fn all(&self) -> Vec<Arc<K>> {
        self.read().objects.now().values().filter_map(|read| read.as_ref().ok().cloned()).collect()
    }

    /// Those that cannot, and why.
    pub fn unreadable(&self) -> Vec<(Key, String)> {
        let state = self.read();
        let reads = state.objects.now().iter();
        reads.filter_map(|(key, read)| Some((key.clone(), read.as_ref().err()?.clone()))).collect()
    }

    /// One of them.
    pub fn get(&self, key: &Key) -> Option<Arc<K>> {
        self.read().objects.now().get(key)?.as_ref().ok().cloned()
    }

    /// What is wrong with the watch, if anything, in a sentence.
    pub fn trouble(&self) -> Option<String> {
        self.read().trouble.clone()
    }

    /// Whether it knows all that there is.
    pub fn is_ready(&self) -> bool {
        self.read().objects.is_ready()
    }

    /// Waits for the first list, or for what is wrong with it; not for long: whoever opens a page sees more by a page that says
    /// that it loads.
    pub async fn first(&self) {
        let mut changes = self.changes();
        let known = changes.wait_for(|_| self.is_ready() || self.trouble().is_some());
        // Neither is bad news: the page tells how far it is.
        let _ = timeout(FIRST, known).await;
    }

    /// Tells of every change.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    fn read(&self) -> RwLockReadGuard<'_, State<K>> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State<K>> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Who manages which field is a third of an object, and no page shows it.
fn slim<K: Resource>(mut object: K) -> Arc<K> {
    object.meta_mut().managed_fields = None;
    Arc::new(object)
}

fn told(kind: Kind, error: &Error) -> String {
    let what = kind.plural();
    let refusal = match error {
        Error::InitialListFailed(kube::Error::Api(refusal))
        | Error::WatchStartFailed(kube::Error::Api(refusal))
        | Error::WatchFailed(kube::Error::Api(refusal)) => refusal,
        other => return format!("{what} cannot be watched: {other}"),
    };
    match refusal.code {
        404 => format!(
            "This cluster does not know {what}: the definition {}.argoproj.io is not installed. It comes with Sluice.",
            kind.resource()
        ),
        403 => format!("The dashboard may not watch {what}: {}", refusal.message),
        _ => format!("{what} cannot be watched: {}", refusal.message),
    }
}

#[cfg(test)]
mod tests {
    use kube::core::Status;
    use sluice_crds::Application;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_page_waits_for_the_first_list_and_not_for_ever() {
        let known = Known::<Application>::new(Kind::Application);
        known.first().await;
        assert!(!known.is_ready(), "nothing was listed, and it is told");
        let listed = async {
            tokio::time::sleep(FIRST / 2).await;
            known.take(Event::Init);
            known.take(Event::InitDone);
        };
        tokio::join!(listed, async {
            known.first().await;
            assert!(known.is_ready());
        });
    }

    #[test]
    fn a_cluster_without_applications_is_told_of_once_until_it_has_them() {
        let known = Known::<Application>::new(Kind::Application);
        let changes = known.changes();
        let refusal = Status { code: 404, message: "404 page not found".to_owned(), ..Status::default() };
        let error = Error::InitialListFailed(kube::Error::Api(refusal.boxed()));
        known.fail(&error);
        known.fail(&error);
        assert_eq!(*changes.borrow(), 1);
        let trouble = known.trouble().unwrap();
        assert!(trouble.starts_with("This cluster does not know Applications"), "{trouble}");
        known.take(Event::Init);
        known.take(Event::InitDone);
        assert_eq!((known.trouble(), known.is_ready()), (None, true));
    }
}
