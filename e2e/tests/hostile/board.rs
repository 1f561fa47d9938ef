//! What the API server has of one kind in one namespace, as a watch tells it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::StreamExt;
use kube::ResourceExt;
use kube::api::{Api, DynamicObject};
use kube_runtime::WatchStreamExt;
use kube_runtime::watcher::{Config, Event, watcher};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

/// Longer than anything here takes on a machine that others use too; reaching it means that something is stuck.
const PATIENCE: Duration = Duration::from_mins(3);

/// The newest of each object, by name. An object that was deleted stays as it was last.
pub(crate) struct Board {
    objects: Arc<Mutex<HashMap<String, DynamicObject>>>,
    changed: watch::Receiver<()>,
    _task: JoinSet<()>,
}

impl Board {
    /// Watches the objects of `api`.
    pub(crate) fn of(api: Api<DynamicObject>) -> Self {
        let objects = Arc::<Mutex<HashMap<String, DynamicObject>>>::default();
        let (tell, changed) = watch::channel(());
        let mut task = JoinSet::new();
        task.spawn(follow(api, objects.clone(), tell));
        Self { objects, changed, _task: task }
    }

    /// Waits until the object is as wanted; tells how it was last when it never is.
    pub(crate) async fn until<T>(
        &self,
        name: &str,
        wanted: impl Fn(&DynamicObject) -> Option<T>,
    ) -> Result<T, Box<DynamicObject>> {
        let deadline = Instant::now() + PATIENCE;
        let mut changed = self.changed.clone();
        loop {
            changed.mark_unchanged();
            let last = self.last(name);
            if let Some(found) = last.as_ref().and_then(&wanted) {
                return Ok(found);
            }
            if timeout_at(deadline, changed.changed()).await.is_err() {
                return Err(Box::new(last.unwrap_or_else(|| nothing(name))));
            }
        }
    }

    fn last(&self, name: &str) -> Option<DynamicObject> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }
}

fn nothing(name: &str) -> DynamicObject {
    DynamicObject {
        types: None,
        metadata: kube::api::ObjectMeta { name: Some(name.to_owned()), ..Default::default() },
        data: serde_json::Value::Null,
    }
}

async fn follow(api: Api<DynamicObject>, objects: Arc<Mutex<HashMap<String, DynamicObject>>>, tell: watch::Sender<()>) {
    let mut events = watcher(api, Config::default()).default_backoff().boxed();
    while let Some(event) = events.next().await {
        if let Ok(Event::Apply(object) | Event::InitApply(object)) = event {
            objects.lock().unwrap_or_else(PoisonError::into_inner).insert(object.name_any(), object);
            tell.send_replace(());
        }
    }
}
