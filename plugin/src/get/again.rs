//! `get experiment -w`: watches tell that something changed, and everything is read again.

use std::fmt::Debug;

use anyhow::{Result, bail};
use futures::StreamExt;
use futures::stream::{self, BoxStream, SelectAll};
use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::apps::v1::ReplicaSet;
use k8s_openapi::api::core::v1::Pod;
use kube::Resource;
use kube::core::PartialObjectMeta;
use kube_runtime::WatchStreamExt;
use kube_runtime::watcher::{self, Config};
use serde::de::DeserializeOwned;
use sluice_crds::{AnalysisRun, Experiment};
use sluice_orders::own;
use tokio::time::{Instant, sleep_until, timeout};

use super::watch::{PAUSE, TICK};
use crate::client::Cluster;
use crate::clock;
use crate::out::{self, Out};
use crate::tree::Tree;
use crate::trial::{self, Trial};

/// That something changed; an error says why that cannot be told now.
type News = BoxStream<'static, Result<(), watcher::Error>>;

/// Shows the Experiment whenever it, or anything that belongs to it, changes. Ends when it is deleted.
pub(super) async fn experiment(cluster: &Cluster, name: &str, out: Out) -> Result<()> {
    let mut trial = Trial::read(cluster, name).await?;
    let mut hashes = trial::hashes(&trial.experiment);
    let mut news = watches(cluster, &trial);
    let (mut shown, mut trouble): (Option<Tree>, Option<String>) = (None, None);
    loop {
        let tree = Tree::of_trial(&trial);
        show(&tree, shown.as_ref(), trouble.as_deref(), out)?;
        shown = Some(tree);
        sleep_until(Instant::now() + PAUSE).await;
        if out.redraws {
            // Ages run on even when nothing changes.
            if let Ok(Some(one)) = timeout(TICK, news.next()).await {
                trouble = one.err().map(|error| error.to_string());
            } else {
                continue;
            }
        } else {
            match news.next().await {
                Some(one) => trouble = one.err().map(|error| error.to_string()),
                None => bail!("the watch of experiment '{name}' ended"),
            }
        }
        trial = Trial::read(cluster, name).await?;
        let now = trial::hashes(&trial.experiment);
        if now != hashes {
            (hashes, news) = (now, watches(cluster, &trial));
        }
    }
}

fn show(tree: &Tree, shown: Option<&Tree>, trouble: Option<&str>, out: Out) -> Result<()> {
    let mut lines = tree.lines(clock::now());
    lines.extend(trouble.map(|why| format!("watch: {why}; trying again")));
    if out.redraws {
        if shown.is_none() {
            out::clear()?;
        }
        out.redraw(&lines)?;
    } else if shown != Some(tree) {
        lines.push(String::new());
        out.block(&lines)?;
    }
    Ok(())
}

fn watches(cluster: &Cluster, trial: &Trial) -> SelectAll<News> {
    let name = trial.experiment.metadata.name.as_deref().unwrap_or_default();
    let mut watches = vec![told::<Experiment>(cluster, Config::default().fields(&format!("metadata.name={name}")))];
    for run in &trial.runs {
        let name = run.metadata.name.as_deref().unwrap_or_default();
        watches.push(told::<AnalysisRun>(cluster, Config::default().fields(&format!("metadata.name={name}"))));
    }
    let hashes = trial::hashes(&trial.experiment);
    if !hashes.is_empty() {
        let config = || Config::default().labels_from(&own::of_revisions(&hashes));
        watches.push(told::<ReplicaSet>(cluster, config()));
        watches.push(told::<Pod>(cluster, config()));
    }
    stream::select_all(watches)
}

fn told<K>(cluster: &Cluster, config: Config) -> News
where
    K: Resource<DynamicType = (), Scope = NamespaceResourceScope>
        + Clone
        + Debug
        + DeserializeOwned
        + Send
        + Sync
        + 'static,
{
    let events = cluster.objects::<PartialObjectMeta<K>>().watch(config.any_semantic()).default_backoff();
    events.map(|event| event.map(drop)).boxed()
}
