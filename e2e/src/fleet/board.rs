//! How the Applications stand, as a watch tells it.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use futures::StreamExt;
use kube::api::DynamicObject;
use kube::core::{ApiResource, GroupVersionKind};
use kube::{Api, Client, ResourceExt};
use kube_runtime::watcher;
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

/// What is known of one Application.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Standing {
    pub(super) sync: String,
    pub(super) health: String,
    pub(super) revision: String,
    /// The size of the whole object, in bytes.
    pub(super) bytes: usize,
    /// What is wrong.
    pub(super) conditions: String,
}

type All = BTreeMap<String, Standing>;

/// The standing of all Applications of a namespace. Dropping it ends the watch.
pub(super) struct Board {
    all: watch::Sender<All>,
    _task: JoinSet<()>,
}

impl Board {
    /// Begins to watch.
    pub(super) fn watch(client: Client, namespace: &str) -> Self {
        let kind = ApiResource::from_gvk(&GroupVersionKind::gvk("argoproj.io", "v1alpha1", "Application"));
        let api: Api<DynamicObject> = Api::namespaced_with(client, namespace, &kind);
        let all = watch::Sender::new(All::new());
        let mut task = JoinSet::new();
        task.spawn(follow(api, all.clone()));
        Self { all, _task: task }
    }

    /// Returns as soon as so many Applications are as `is` has it, and how long that was after `since`.
    pub(super) async fn until(
        &self,
        what: &str,
        limit: Duration,
        wanted: usize,
        is: impl Fn(&str, &Standing) -> bool,
    ) -> Result<Instant> {
        let mut all = self.all.subscribe();
        let deadline = Instant::now() + limit;
        let count = |all: &All| all.iter().filter(|(name, standing)| is(name, standing)).count();
        let reached = timeout_at(deadline, all.wait_for(|all| count(all) >= wanted)).await;
        if let Ok(reached) = reached {
            reached.context("follow the Applications")?;
            return Ok(Instant::now());
        }
        let all = self.all.borrow();
        let other = all.iter().find(|(name, standing)| !is(name, standing));
        bail!("{what}: {} of {wanted} after {limit:?}; another is {other:?}", count(&all))
    }

    /// One Application.
    pub(super) fn standing(&self, name: &str) -> Standing {
        self.all.borrow().get(name).cloned().unwrap_or_default()
    }
}

async fn follow(api: Api<DynamicObject>, all: watch::Sender<All>) {
    let mut events = watcher(api, watcher::Config::default()).boxed();
    while let Some(event) = events.next().await {
        match event {
            Ok(watcher::Event::Apply(object) | watcher::Event::InitApply(object)) => {
                all.send_modify(|all| drop(all.insert(object.name_any(), standing(&object))));
            }
            Ok(watcher::Event::Delete(object)) => all.send_modify(|all| drop(all.remove(&object.name_any()))),
            // What broke off begins anew by itself.
            Ok(watcher::Event::Init | watcher::Event::InitDone) | Err(_) => {}
        }
    }
}

fn standing(object: &DynamicObject) -> Standing {
    let text = |pointer: &str| object.data.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let bytes = serde_json::to_vec(object).map_or(0, |text| text.len());
    Standing {
        sync: text("/status/sync/status"),
        health: text("/status/health/status"),
        revision: text("/status/sync/revision"),
        bytes,
        conditions: object.data.pointer("/status/conditions").map(Value::to_string).unwrap_or_default(),
    }
}
