//! The three releases, from the first request to the last.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use kube::api::{Api, ListParams};
use serde::Serialize;
use serde_json::{Value, json};
use sluice_crds::{Rollout, RolloutPhase, RolloutStatus, names};
use tokio::time::{Instant, sleep};

use super::stage::{NAMESPACE, Stage, objects};
use super::watch::Watch;
use crate::{http, wait};

/// A release that takes longer has failed.
const LIMIT: Duration = Duration::from_mins(3);
/// How long the traffic is watched once a release has come to its end.
const AFTERMATH: Duration = Duration::from_secs(5);

/// A version and the share of its requests that it fails.
#[derive(Clone, Copy, Debug)]
pub(super) struct Version {
    pub(super) name: &'static str,
    pub(super) error_rate: f64,
}

/// The one that settles, the good one, the bad one.
pub(super) const VERSIONS: [Version; 3] = [
    Version { name: "v1", error_rate: 0.0 },
    Version { name: "v2", error_rate: 0.0 },
    Version { name: "v3", error_rate: 0.08 },
];

/// How a release ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Outcome {
    /// Its version is the stable one now.
    Promoted,
    /// It was taken back.
    Aborted,
}

impl fmt::Display for Outcome {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Promoted => "promoted",
            Self::Aborted => "aborted",
        })
    }
}

/// A release under way, or over.
#[derive(Clone, Debug)]
pub(super) struct Release {
    /// Its version.
    pub(super) version: Version,
    /// When it was applied; for the first, when the load began.
    pub(super) from: Instant,
    /// When the next one may begin.
    pub(super) to: Option<Instant>,
    /// The hash of its revision, once the controller gave it one.
    pub(super) hash: Option<String>,
    /// How it ended.
    pub(super) outcome: Option<Outcome>,
    /// What the Rollout's status was at the end.
    pub(super) status: RolloutStatus,
}

/// The releases so far, shared between the story and the board.
#[derive(Debug, Default)]
pub(super) struct Releases(Mutex<Vec<Release>>);

impl Releases {
    /// All of them, in their order.
    pub(super) fn all(&self) -> MutexGuard<'_, Vec<Release>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self, version: Version) {
        let (hash, to, outcome) = (None, None, None);
        let status = RolloutStatus::default();
        self.all().push(Release { version, from: Instant::now(), to, hash, outcome, status });
    }

    fn change(&self, change: impl FnOnce(&mut Release)) {
        if let Some(last) = self.all().last_mut() {
            change(last);
        }
    }
}

/// Lets the first version settle, before there is any load; the release itself begins with the load.
pub(super) async fn settle(stage: &Stage, watch: &Watch) -> Result<()> {
    let [first, ..] = VERSIONS;
    let generation = apply(stage, first).await?;
    ended(watch, generation, |_| {}).await?;
    let url = stage.traefik.web_url();
    let answers = || async {
        let request = http::get_request(&url, None).ok()?;
        let answer = http::send(&http::one_shot(), request, Duration::from_secs(1)).await.ok()?;
        answer.status.is_success().then_some(())
    };
    wait::until("the application answers through Traefik", answers).await
}

/// Plays the releases under load. Says whether the pods of the stable version lived through the last one untouched.
pub(super) async fn play(stage: &Stage, watch: &Watch, releases: &Releases) -> Result<bool> {
    let [first, good, bad] = VERSIONS;
    releases.begin(first);
    end_now(watch, releases).await;
    release(stage, watch, releases, good).await?;
    let before = stable_pods(stage, watch).await?;
    release(stage, watch, releases, bad).await?;
    Ok(!before.is_empty() && before == stable_pods(stage, watch).await?)
}

async fn release(stage: &Stage, watch: &Watch, releases: &Releases, version: Version) -> Result<()> {
    releases.begin(version);
    let generation = apply(stage, version).await?;
    let name = version.name;
    let ended =
        ended(watch, generation, |status| releases.change(|release| release.hash.clone_from(&status.current_pod_hash)));
    ended.await.with_context(|| format!("release {name}"))?;
    end_now(watch, releases).await;
    Ok(())
}

/// Ends the release under way as the Rollout says, a little later: what follows the end belongs to it.
async fn end_now(watch: &Watch, releases: &Releases) {
    let status = watch.seen().rollout.as_ref().and_then(|rollout| rollout.status.clone()).unwrap_or_default();
    releases.change(|release| {
        release.hash.clone_from(&status.current_pod_hash);
        release.outcome = Some(outcome(&status));
        release.status = status;
    });
    sleep(AFTERMATH).await;
    releases.change(|release| release.to = Some(Instant::now()));
}

fn outcome(status: &RolloutStatus) -> Outcome {
    if status.phase == RolloutPhase::Healthy { Outcome::Promoted } else { Outcome::Aborted }
}

/// Applies the Rollout at a version; returns the generation that this makes.
async fn apply(stage: &Stage, version: Version) -> Result<i64> {
    let mut rollout = objects("rollout.yaml")?.into_iter().next().context("find the Rollout in its manifest")?;
    let container = "/spec/template/spec/containers/0";
    set(&mut rollout, &format!("{container}/image"), json!(format!("sluice-demo/app:{}", version.name)))?;
    set(&mut rollout, &format!("{container}/env/0/value"), json!(version.error_rate.to_string()))?;
    let applied = stage.apply(&rollout).await?;
    applied.metadata.generation.context("read the Rollout's generation")
}

fn set(object: &mut Value, path: &str, value: Value) -> Result<()> {
    *object.pointer_mut(path).with_context(|| format!("find {path} in the manifest"))? = value;
    Ok(())
}

/// Waits until the Rollout of that generation is healthy or degraded, telling each status on the way.
async fn ended(watch: &Watch, generation: i64, tell: impl Fn(&RolloutStatus)) -> Result<()> {
    let deadline = Instant::now() + LIMIT;
    loop {
        let status = watch.seen().rollout.as_ref().and_then(|rollout| status_of(rollout, generation));
        if let Some(status) = &status {
            tell(status);
            if matches!(status.phase, RolloutPhase::Healthy | RolloutPhase::Degraded) {
                return Ok(());
            }
        }
        if Instant::now() > deadline {
            let said = status.and_then(|status| status.message).unwrap_or_default();
            bail!("neither healthy nor degraded after {LIMIT:?}: {said}");
        }
        sleep(Duration::from_millis(20)).await;
    }
}

/// The status, if it is about that generation or a later one.
fn status_of(rollout: &Rollout, generation: i64) -> Option<RolloutStatus> {
    let status = rollout.status.clone()?;
    let observed: i64 = status.observed_generation.as_ref()?.parse().ok()?;
    (observed >= generation).then_some(status)
}

/// Names and uids of the stable revision's pods.
async fn stable_pods(stage: &Stage, watch: &Watch) -> Result<Vec<(String, String)>> {
    let stable =
        watch.seen().rollout.as_ref().and_then(|rollout| rollout.status.clone()?.stable_rs).unwrap_or_default();
    let selector = format!("{}={stable}", names::label::POD_TEMPLATE_HASH);
    let api: Api<Pod> = Api::namespaced(stage.client.clone(), NAMESPACE);
    let pods = api.list(&ListParams::default().labels(&selector)).await.context("list the stable pods")?;
    let mut pods: Vec<_> = pods.into_iter().map(|pod| (pod.name_any(), pod.uid().unwrap_or_default())).collect();
    pods.sort();
    Ok(pods)
}
