//! All Applications.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use futures::StreamExt;
use kube::core::DeserializeGuard;
use kube::{Client, ResourceExt};
use kube_runtime::WatchStreamExt;
use kube_runtime::watcher::{self, Event, watcher};
use sluice_crds::Application;
use tokio::sync::watch;
use tracing::warn;

use super::kept::{Kept, map};
use super::{Key, Scope};

/// An Application, or why it cannot be read.
type Read = Result<Arc<Application>, String>;

/// All Applications in a scope.
#[derive(Debug)]
pub struct Apps {
    state: RwLock<State>,
    changed: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct State {
    applications: Kept<Key, Read>,
    trouble: Option<String>,
}

impl Default for Apps {
    fn default() -> Self {
        Self { state: RwLock::default(), changed: watch::Sender::new(0) }
    }
}

impl Apps {
    /// Keeps them up to date; never ends. A cluster that does not know Applications is asked again now and then.
    pub async fn watch(self: Arc<Self>, client: Client, scope: Scope) {
        let (api, config) = scope.of::<DeserializeGuard<Application>>(client);
        let mut events = watcher(api, config).default_backoff().boxed();
        while let Some(event) = events.next().await {
            match event {
                Ok(event) => self.take(event),
                Err(error) => self.fail(&error),
            }
        }
    }

    fn take(&self, event: Event<DeserializeGuard<Application>>) {
        let is_list = matches!(event, Event::InitDone);
        let mut state = self.write();
        state.trouble = None;
        state.applications.take(map(event, |object| {
            let key = Key { namespace: object.namespace().unwrap_or_default(), name: object.name_any() };
            (key, object.0.map(slim).map_err(|error| error.to_string()))
        }));
        // Not for each object of a list: only when it is complete.
        if is_list || state.applications.is_ready() {
            drop(state);
            self.changed.send_modify(|version| *version += 1);
        }
    }

    fn fail(&self, error: &watcher::Error) {
        let trouble = told(error);
        let mut state = self.write();
        if state.trouble.as_ref() == Some(&trouble) {
            return;
        }
        warn!(trouble, "watch of Applications for the dashboard fails; it is tried again");
        state.trouble = Some(trouble);
        drop(state);
        self.changed.send_modify(|version| *version += 1);
    }

    /// The Applications that can be read.
    pub fn all(&self) -> Vec<Arc<Application>> {
        self.read().applications.now().values().filter_map(|read| read.as_ref().ok().cloned()).collect()
    }

    /// Those that cannot, and why.
    pub fn unreadable(&self) -> Vec<(Key, String)> {
        let state = self.read();
        let reads = state.applications.now().iter();
        reads.filter_map(|(key, read)| Some((key.clone(), read.as_ref().err()?.clone()))).collect()
    }

    /// One of them.
    pub fn get(&self, key: &Key) -> Option<Arc<Application>> {
        self.read().applications.now().get(key)?.as_ref().ok().cloned()
    }

    /// What is wrong with the watch, if anything.
    pub fn trouble(&self) -> Option<String> {
        self.read().trouble.clone()
    }

    /// Whether it knows all that there is, or why it cannot.
    pub fn is_told(&self) -> bool {
        let state = self.read();
        state.applications.is_ready() || state.trouble.is_some()
    }

    /// Tells of every change.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Who manages which field is a third of an object, and no page shows it.
fn slim(mut application: Application) -> Arc<Application> {
    application.metadata.managed_fields = None;
    Arc::new(application)
}

fn told(error: &watcher::Error) -> String {
    let refusal = match error {
        watcher::Error::InitialListFailed(kube::Error::Api(refusal))
        | watcher::Error::WatchStartFailed(kube::Error::Api(refusal))
        | watcher::Error::WatchFailed(kube::Error::Api(refusal)) => refusal,
        other => return format!("Applications cannot be watched: {other}"),
    };
    match refusal.code {
        404 => "This cluster does not know Applications: its definition applications.argoproj.io is not installed. It comes \
                with Sluice."
            .to_owned(),
        403 => format!("The dashboard may not watch Applications: {}", refusal.message),
        _ => format!("Applications cannot be watched: {}", refusal.message),
    }
}

#[cfg(test)]
mod tests {
    use kube::core::Status;

    use super::*;

    #[test]
    fn a_cluster_without_applications_is_told_once_and_is_no_list_under_way() {
        let apps = Apps::default();
        let changes = apps.changes();
        let refusal = Status { code: 404, message: "404 page not found".to_owned(), ..Status::default() };
        let error = watcher::Error::InitialListFailed(kube::Error::Api(refusal.boxed()));
        assert!(!apps.is_told());
        apps.fail(&error);
        apps.fail(&error);
        assert_eq!(*changes.borrow(), 1);
        assert!(apps.is_told());
        let trouble = apps.trouble().unwrap();
        assert!(trouble.starts_with("This cluster does not know Applications"), "{trouble}");
        apps.take(Event::Init);
        apps.take(Event::InitDone);
        assert_eq!(apps.trouble(), None, "the definition came later");
    }
}
