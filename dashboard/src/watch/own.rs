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
use sluice_crds::{AnalysisRun, Experiment, Rollout};
use sluice_orders::own;
use sluice_read::Objects;

/// What a watch says.
pub(super) enum News {
    ReplicaSet(Event<ReplicaSet>),
    Pod(Event<Pod>),
    Run(Event<AnalysisRun>),
    Experiment(Event<Experiment>),
    /// The AnalysisRun of that name, which an Experiment made.
    Trial(String, Option<AnalysisRun>),
    /// A watch failed and is tried again.
    Trouble(String),
}

/// The watches of one Rollout's objects.
pub(super) struct Watches {
    client: Client,
    namespace: String,
    steady: SelectAll<BoxStream<'static, News>>,
    /// The analyses and Experiments of the revisions there were when this began.
    runs: SelectAll<BoxStream<'static, News>>,
    hashes: Option<BTreeSet<String>>,
    has_experiments: bool,
    /// The analyses of those Experiments: only their names tell them.
    trials: SelectAll<BoxStream<'static, News>>,
    names: BTreeSet<String>,
}

impl Watches {
    pub(super) fn new(client: Client, namespace: &str, rollout: &Rollout) -> Self {
        let config = of_labels(&own::pods(rollout));
        let mut watches = Self {
            client,
            namespace: namespace.to_owned(),
            steady: SelectAll::new(),
            runs: SelectAll::new(),
            hashes: None,
            has_experiments: own::has_experiments(rollout),
            trials: SelectAll::new(),
            names: BTreeSet::new(),
        };
        watches.steady.push(watches.watch(config.clone(), News::ReplicaSet));
        watches.steady.push(watches.watch(config, News::Pod));
        watches
    }

    /// Watches the analyses of these revisions, and their Experiments where a step has one, if it does not yet.
    pub(super) fn follow(&mut self, hashes: BTreeSet<String>) {
        if self.hashes.as_ref() == Some(&hashes) {
            return;
        }
        let config = of_labels(&own::of_revisions(&hashes));
        let (has_runs, has_experiments) = (!hashes.is_empty(), !hashes.is_empty() && self.has_experiments);
        let runs = if has_runs { self.watch(config.clone(), News::Run) } else { none(News::Run) };
        let experiments = if has_experiments { self.watch(config, News::Experiment) } else { none(News::Experiment) };
        self.runs = stream::select_all([runs, experiments]);
        self.hashes = Some(hashes);
    }

    /// Watches the AnalysisRuns of these names, if it does not yet.
    pub(super) fn follow_trials(&mut self, names: BTreeSet<String>) {
        if self.names == names {
            return;
        }
        let runs: Objects<AnalysisRun> = Objects::namespaced(self.client.clone(), &self.namespace);
        let one = |name: &String| {
            let (watch, name) = (runs.watch_one(name).default_backoff(), name.clone());
            told(watch, move |run| News::Trial(name.clone(), run)).boxed()
        };
        self.trials = stream::select_all(names.iter().map(one));
        self.names = names;
    }

    fn watch<K>(&self, config: Config, news: fn(Event<K>) -> News) -> BoxStream<'static, News>
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope>
            + Clone
            + Debug
            + DeserializeOwned
            + Send
            + Sync
            + 'static,
    {
        let objects = Objects::<K>::namespaced(self.client.clone(), &self.namespace);
        told(objects.watch(config).default_backoff(), news).boxed()
    }

    /// The next news. Cancel safe: nothing is lost when it is not waited for to the end.
    pub(super) async fn next(&mut self) -> News {
        tokio::select! {
            Some(news) = self.steady.next() => news,
            Some(news) = self.runs.next() => news,
            Some(news) = self.trials.next() => news,
            // Watches do not end; one that did would leave the picture as it is.
            else => std::future::pending().await,
        }
    }
}

fn of_labels(selector: &Selector) -> Config {
    Config::default().labels_from(selector)
}

/// Tells that there are none, and nothing more.
fn none<K: 'static>(news: fn(Event<K>) -> News) -> BoxStream<'static, News> {
    stream::iter([news(Event::Init), news(Event::InitDone)]).chain(stream::pending()).boxed()
}

fn told<T>(events: impl Stream<Item = watcher::Result<T>>, news: impl Fn(T) -> News) -> impl Stream<Item = News> {
    events.map(move |event| event.map_or_else(|error| News::Trouble(error.to_string()), &news))
}
