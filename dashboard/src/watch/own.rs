//! What belongs to one Rollout, found by selectors, so that nobody has to list a whole namespace.

use std::collections::BTreeSet;
use std::fmt::Debug;

use futures::stream::{self, BoxStream, SelectAll};
use futures::{Stream, StreamExt};
use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::apps::v1::ReplicaSet;
use k8s_openapi::api::core::v1::Pod;
use kube::core::Selector;
use kube::{Client, Resource};
use kube_runtime::WatchStreamExt;
use kube_runtime::watcher::{self, Config, Event};
use serde::de::DeserializeOwned;
use sluice_crds::{AnalysisRun, Rollout};
use sluice_orders::own;
use sluice_read::Objects;

/// What a watch says.
pub(super) enum News {
    ReplicaSet(Event<ReplicaSet>),
    Pod(Event<Pod>),
    Run(Event<AnalysisRun>),
    /// A watch failed and is tried again.
    Trouble(String),
}

/// The watches of one Rollout's objects.
pub(super) struct Watches {
    client: Client,
    namespace: String,
    steady: SelectAll<BoxStream<'static, News>>,
    /// The analyses of the revisions there were when this began.
    runs: BoxStream<'static, News>,
    hashes: Option<BTreeSet<String>>,
}

impl Watches {
    pub(super) fn new(client: Client, namespace: &str, rollout: &Rollout) -> Self {
        let pods = own::pods(rollout);
        let replica_sets = watch(&client, namespace, &pods, News::ReplicaSet);
        let pods = watch(&client, namespace, &pods, News::Pod);
        let steady = stream::select_all([replica_sets, pods]);
        Self { client, namespace: namespace.to_owned(), steady, runs: stream::pending().boxed(), hashes: None }
    }

    /// Watches the analyses of these revisions, if it does not yet.
    pub(super) fn follow(&mut self, hashes: BTreeSet<String>) {
        if self.hashes.as_ref() == Some(&hashes) {
            return;
        }
        let selector = own::of_revisions(&hashes);
        self.runs = if hashes.is_empty() {
            stream::iter([News::Run(Event::Init), News::Run(Event::InitDone)]).chain(stream::pending()).boxed()
        } else {
            watch(&self.client, &self.namespace, &selector, News::Run)
        };
        self.hashes = Some(hashes);
    }

    /// The next news. Cancel safe: nothing is lost when it is not waited for to the end.
    pub(super) async fn next(&mut self) -> News {
        tokio::select! {
            Some(news) = self.steady.next() => news,
            Some(news) = self.runs.next() => news,
            // Watches do not end; one that did would leave the picture as it is.
            else => std::future::pending().await,
        }
    }
}

fn watch<K>(
    client: &Client,
    namespace: &str,
    selector: &Selector,
    news: fn(Event<K>) -> News,
) -> BoxStream<'static, News>
where
    K: Resource<DynamicType = (), Scope = NamespaceResourceScope>
        + Clone
        + Debug
        + DeserializeOwned
        + Send
        + Sync
        + 'static,
{
    let config = Config::default().labels_from(selector);
    let objects = Objects::<K>::namespaced(client.clone(), namespace);
    told(objects.watch(config).default_backoff(), news).boxed()
}

fn told<T>(events: impl Stream<Item = watcher::Result<T>>, news: fn(T) -> News) -> impl Stream<Item = News> {
    events.map(move |event| event.map_or_else(|error| News::Trouble(error.to_string()), news))
}
