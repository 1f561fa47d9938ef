//! Objects of a namespace that are nobody's: looked for at intervals, their names alone, while somebody asks.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sluice_gitops::Key;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout};

use crate::api::Resource;
use crate::cluster::Cluster;
use crate::known::Known;
use crate::server::{Ask, Failure, next};
use crate::watch::items::Items;
use crate::watch::peek::{Kind, Peek};

/// How old an answer may get.
const EVERY: Duration = Duration::from_mins(5);
/// How long after the last question it is looked for.
const ASKED: Duration = Duration::from_mins(15);
/// How often it is looked whether something is due.
const SWEEP: Duration = Duration::from_mins(1);
/// Only the metadata.
const NAMES: &str = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
/// How many are told.
const MOST: usize = 10_000;

/// What is known of orphans, by namespace.
#[derive(Default)]
pub(crate) struct Orphans {
    spaces: Mutex<HashMap<String, Space>>,
    asked: Notify,
}

struct Space {
    known: Known<Vec<Key>>,
    asked: Instant,
    looked: Option<Instant>,
}

impl Orphans {
    fn spaces(&self) -> MutexGuard<'_, HashMap<String, Space>> {
        self.spaces.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The namespaces that are to be looked at now.
    fn due(&self) -> Vec<String> {
        let mut spaces = self.spaces();
        spaces.retain(|_, space| space.asked.elapsed() < ASKED);
        let due = spaces.iter().filter(|(_, space)| space.looked.is_none_or(|looked| looked.elapsed() >= EVERY));
        due.map(|(namespace, _)| namespace.clone()).collect()
    }
}

impl Cluster {
    /// What is known of a namespace, which is looked at from now on.
    pub(crate) fn orphans(&self, namespace: &str) -> Known<Vec<Key>> {
        let now = Instant::now();
        let mut spaces = self.orphans.spaces();
        if let Some(space) = spaces.get_mut(namespace) {
            space.asked = now;
            return space.known.clone();
        }
        spaces.insert(namespace.to_owned(), Space { known: Known::Pending, asked: now, looked: None });
        self.orphans.asked.notify_one();
        Known::Pending
    }

    async fn look_for_orphans(&self, namespace: &str) -> Known<Vec<Key>> {
        let Known::Ready(api) = self.discovery.api() else { return Known::Pending };
        let (mut found, mut trouble, mut is_told) = (Vec::new(), None, false);
        for resource in api.resources().filter(|resource| resource.namespaced && resource.verbs.list) {
            if self.settings.kinds.excludes(&resource.group, &resource.kind, &self.settings.server) {
                continue;
            }
            match self.names(resource, namespace).await {
                Ok(names) => {
                    is_told = true;
                    found.extend(names);
                }
                // What cannot be listed has none that could be told.
                Err(failure) => trouble = Some(failure),
            }
            if found.len() > MOST {
                break;
            }
        }
        if let Some(trouble) = trouble.filter(|_| !is_told) {
            return Known::Failed(trouble.to_string());
        }
        found.sort_unstable();
        found.truncate(MOST);
        Known::Ready(found)
    }

    async fn names(&self, resource: &Resource, namespace: &str) -> Result<Vec<Key>, Failure> {
        let kind = Kind {
            group: resource.group.clone(),
            name: resource.kind.clone(),
            api_version: resource.api_version(resource.version()),
        };
        let path = resource.path(resource.version(), namespace).map_err(|why| Failure::Odd(why.to_string()))?;
        let limits = &self.settings.limits;
        let look = async {
            let mut body = self.server.open(Ask::get(path).accept(NAMES)).await?;
            let (mut items, mut names) = (Items::new(limits.answer), Vec::new());
            while let Some(piece) = next(&mut body).await? {
                items.feed(&piece, |item| names.extend(self.orphan(item, &kind)))?;
            }
            Ok(names)
        };
        timeout(limits.request, look).await.unwrap_or(Err(Failure::Late(limits.request)))
    }

    fn orphan(&self, item: &[u8], kind: &Kind) -> Option<Key> {
        let peek = Peek::read(item, kind, &self.settings.tracking).ok()?;
        (peek.owner.is_none() && !peek.is_made).then_some(peek.key)
    }
}

/// Looks for ever at the namespaces that somebody asks for.
pub(crate) async fn run(cluster: Arc<Cluster>) {
    loop {
        for namespace in cluster.orphans.due() {
            let known = cluster.look_for_orphans(&namespace).await;
            let is_pending = known == Known::Pending;
            let mut is_news = false;
            if let Some(space) = cluster.orphans.spaces().get_mut(&namespace) {
                is_news = space.known != known;
                space.known = known;
                space.looked = (!is_pending).then(Instant::now);
            }
            if is_news {
                let told = cluster.store().everybody();
                cluster.tell(told);
            }
        }
        tokio::select! {
            () = cluster.orphans.asked.notified() => {}
            () = sleep(SWEEP) => {}
        }
    }
}
