//! `get rollout -w`: watches keep what was seen up to date, and it is shown again when that changes the picture.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::time::Duration;

use anyhow::{Result, bail};
use futures::stream::{self, BoxStream, SelectAll};
use futures::{Stream, StreamExt};
use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::apps::v1::ReplicaSet;
use k8s_openapi::api::core::v1::Pod;
use kube::core::Selector;
use kube::{Resource, ResourceExt};
use kube_runtime::WatchStreamExt;
use kube_runtime::watcher::{self, Config, Event};
use serde::de::DeserializeOwned;
use sluice_crds::{AnalysisRun, Experiment, Rollout};
use sluice_orders::own;
use tokio::time::{Instant, sleep_until, timeout};

use crate::client::Cluster;
use crate::clock;
use crate::out::{self, Out};
use crate::seen::Seen;
use crate::tree::Tree;

/// The least time between two pictures: more often is only flicker.
pub(super) const PAUSE: Duration = Duration::from_millis(200);
/// On a terminal the ages run on even when nothing changes.
pub(super) const TICK: Duration = Duration::from_secs(1);

/// What a watch says.
enum News {
    Rollout(Option<Box<Rollout>>),
    ReplicaSet(Event<ReplicaSet>),
    Pod(Event<Pod>),
    Run(Event<AnalysisRun>),
    Experiment(Event<Experiment>),
    /// The AnalysisRun of that name, which an Experiment made.
    Trial(String, Option<Box<AnalysisRun>>),
    /// A watch failed and is tried again.
    Trouble(String),
}

type Watch = BoxStream<'static, News>;

/// Shows the Rollout whenever it, or anything that belongs to it, changes. Ends when it is deleted.
pub(crate) async fn run(cluster: &Cluster, seen: Seen, out: Out) -> Result<()> {
    let mut picture = Picture::new(out);
    let mut watches = Watches::new(cluster, &seen);
    let mut state = State { seen, trouble: None };
    loop {
        picture.show(&state)?;
        sleep_until(picture.next).await;
        // All that came meanwhile makes one picture.
        let limit = if out.redraws { TICK } else { Duration::MAX };
        let mut news = timeout(limit, watches.next()).await.ok();
        while let Some(one) = news {
            state.take(one)?;
            news = timeout(Duration::ZERO, watches.next()).await.ok();
        }
        watches.follow(cluster, &state.seen);
    }
}

/// What is known now.
struct State {
    seen: Seen,
    trouble: Option<String>,
}

impl State {
    fn take(&mut self, news: News) -> Result<()> {
        self.trouble = None;
        match news {
            News::Rollout(Some(rollout)) => self.seen.rollout = *rollout,
            News::Rollout(None) => bail!("rollout '{}' was deleted", self.seen.rollout.name_any()),
            News::ReplicaSet(event) => self.seen.replica_sets.take(event),
            News::Pod(event) => self.seen.pods.take(event),
            News::Run(event) => self.seen.runs.take(event),
            News::Experiment(event) => self.seen.experiments.take(event),
            News::Trial(name, Some(run)) => drop(self.seen.trials.insert(name, *run)),
            News::Trial(name, None) => drop(self.seen.trials.remove(&name)),
            News::Trouble(why) => self.trouble = Some(why),
        }
        Ok(())
    }
}

/// What is on the screen, and when it may change.
struct Picture {
    out: Out,
    shown: Option<(Tree, Option<String>)>,
    next: Instant,
}

impl Picture {
    fn new(out: Out) -> Self {
        Self { out, shown: None, next: Instant::now() }
    }

    fn show(&mut self, state: &State) -> Result<()> {
        let tree = Tree::of(&state.seen);
        let mut lines = tree.lines(clock::now());
        lines.extend(state.trouble.iter().map(|why| format!("watch: {why}; trying again")));
        let now = Some((tree, state.trouble.clone()));
        if self.out.redraws {
            if self.shown.is_none() {
                out::clear()?;
            }
            self.out.redraw(&lines)?;
        } else if self.shown != now {
            lines.push(String::new());
            self.out.block(&lines)?;
        }
        self.shown = now;
        self.next = Instant::now() + PAUSE;
        Ok(())
    }
}

/// The watches of all that makes the picture.
struct Watches {
    steady: SelectAll<Watch>,
    /// The analyses and experiments of the revisions there were when this began.
    runs: Watch,
    hashes: BTreeSet<String>,
    has_experiments: bool,
    /// The analyses of those experiments.
    trials: SelectAll<Watch>,
    names: BTreeSet<String>,
}

impl Watches {
    fn new(cluster: &Cluster, seen: &Seen) -> Self {
        let pods = own::pods(&seen.rollout);
        let rollout = cluster.objects::<Rollout>().watch_one(&seen.rollout.name_any()).default_backoff();
        let rollout =
            rollout.map(|news| news.map_or_else(trouble, |rollout| News::Rollout(rollout.map(Box::new)))).boxed();
        let replica_sets = watch(cluster, &pods, News::ReplicaSet);
        let steady = stream::select_all([rollout, replica_sets, watch(cluster, &pods, News::Pod)]);
        let (hashes, has_experiments) = (seen.hashes(), own::has_experiments(&seen.rollout));
        let runs = runs(cluster, &hashes, has_experiments);
        let mut watches =
            Self { steady, runs, hashes, has_experiments, trials: SelectAll::new(), names: BTreeSet::new() };
        watches.follow(cluster, seen);
        watches
    }

    /// Watches the analyses of a revision, or an experiment, that was not there before.
    fn follow(&mut self, cluster: &Cluster, seen: &Seen) {
        let (hashes, has_experiments) = (seen.hashes(), own::has_experiments(&seen.rollout));
        if hashes != self.hashes || has_experiments != self.has_experiments {
            self.runs = runs(cluster, &hashes, has_experiments);
            (self.hashes, self.has_experiments) = (hashes, has_experiments);
        }
        let names = own::trials(seen.experiments.iter());
        if names != self.names {
            self.trials = stream::select_all(names.iter().map(|name| trial(cluster, name)));
            self.names = names;
        }
    }

    /// The next news. Cancel safe: nothing is lost when it is not waited for to the end.
    async fn next(&mut self) -> News {
        tokio::select! {
            Some(news) = self.steady.next() => news,
            Some(news) = self.runs.next() => news,
            Some(news) = self.trials.next() => news,
            // Watches do not end; one that did would leave the picture as it is.
            else => std::future::pending().await,
        }
    }
}

fn runs(cluster: &Cluster, hashes: &BTreeSet<String>, has_experiments: bool) -> Watch {
    if hashes.is_empty() {
        return stream::pending().boxed();
    }
    let selector = own::of_revisions(hashes);
    let experiments = has_experiments.then(|| watch(cluster, &selector, News::Experiment));
    let runs = watch(cluster, &selector, News::Run);
    stream::select_all([runs].into_iter().chain(experiments)).boxed()
}

fn trial(cluster: &Cluster, name: &str) -> Watch {
    let (watch, name) = (cluster.objects::<AnalysisRun>().watch_one(name).default_backoff(), name.to_owned());
    told(watch, move |run| News::Trial(name.clone(), run.map(Box::new))).boxed()
}

fn watch<K>(cluster: &Cluster, selector: &Selector, news: fn(Event<K>) -> News) -> Watch
where
    K: Resource<DynamicType = (), Scope = NamespaceResourceScope>
        + Clone
        + Debug
        + DeserializeOwned
        + Send
        + Sync
        + 'static,
{
    let config = Config::default().any_semantic().labels_from(selector);
    told(cluster.objects::<K>().watch(config).default_backoff(), news).boxed()
}

fn told<T>(events: impl Stream<Item = watcher::Result<T>>, news: impl Fn(T) -> News) -> impl Stream<Item = News> {
    events.map(move |event| event.map_or_else(trouble, &news))
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_or_else wants")]
fn trouble(error: watcher::Error) -> News {
    News::Trouble(error.to_string())
}
