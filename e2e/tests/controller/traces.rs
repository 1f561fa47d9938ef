//! A release as one trace, told by several processes one after the other.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use sluice_crds::RolloutPhase::{Degraded, Healthy, Paused};
use sluice_e2e::controller::Controller;
use sluice_e2e::harness::Scene;
use sluice_e2e::wait;
use tokio::time::{Duration, sleep};

use crate::collector::{Collector, Span};
use crate::release::{answers, canary, patch_status, programs, rollout, route, status, until, until_phase};
use crate::twins;

const INSTANCE: &str = "traced";
/// Longer than spans wait for others before they are sent.
const SENT: Duration = Duration::from_secs(3);
/// Longer than a pass takes, in seconds.
const PASS: f64 = 0.5;

fn traced(version: &str) -> Value {
    let steps = json!([
        {"setWeight": 25}, {"pause": {}}, {"analysis": {"templates": [{"templateName": "judge"}]}}, {"setWeight": 50},
        {"pause": {"duration": "4s"}}, {"setWeight": 75},
    ]);
    twins::minded_by(INSTANCE, rollout(version, &canary(&steps)))
}

/// Killed while people are waited for, and while an analysis runs: all that is told of the release is one trace, whose every part is in
/// something. The next release, which is taken back, is another trace, and an error.
pub(crate) async fn over_restarts(scene: Scene) -> Result<()> {
    let (collector, address) = Collector::start().await?;
    route(&scene).await?;
    let mut controller = start(&scene, &address).await?;
    scene.apply(&twins::minded_by(INSTANCE, judge())).await?;
    scene.apply(&traced("v1")).await?;
    until_phase(&scene, Healthy).await?;
    answers(&scene).await?;

    scene.apply(&traced("v2")).await?;
    until_phase(&scene, Paused).await?;
    sleep(SENT).await;
    controller.restart().await?;
    patch_status(&scene, json!({"pauseConditions": null})).await?;
    until(&scene, "in its analysis", |status| status.current_step_index == Some(2)).await?;
    sleep(Duration::from_secs(2)).await;
    controller.restart().await?;
    until_phase(&scene, Healthy).await?;
    let good = whole(&scene, &collector).await?;
    ensure!(good.root.attribute("sluice.ended") == Some("Promoted"), "{:?}", good.root);
    ensure!(good.root.status.is_none(), "{:?}", good.root);
    good.check(&["1", "2", "3", "4", "5", "6"])?;

    scene.apply(&traced("v3")).await?;
    until_phase(&scene, Paused).await?;
    sleep(SENT).await;
    controller.restart().await?;
    patch_status(&scene, json!({"abort": true})).await?;
    until_phase(&scene, Degraded).await?;
    let bad = whole(&scene, &collector).await?;
    ensure!(bad.root.trace_id != good.root.trace_id, "two releases are one trace");
    let error = bad.root.status.as_ref().context("a release that was taken back is no error")?;
    ensure!(error.code == 2 && error.message.contains("aborted"), "{error:?}");
    bad.check(&["1", "2"])?;
    let all = collector.spans()?;
    let strangers = strangers(&all);
    ensure!(strangers.is_empty(), "these are in no release: {strangers:#?}");
    Ok(())
}

async fn start(scene: &Scene, collector: &str) -> Result<Controller> {
    let traefik = [scene.world.traefik.lock().await.api_url()];
    let cluster = scene.world.cluster.lock().await;
    let (kubeconfig, program) = (cluster.controller_kubeconfig(), programs()?.controller.clone());
    let further = [format!("--otlp-address={collector}")];
    Controller::start_minding(12, INSTANCE, &further, &kubeconfig, program, &cluster, &traefik).await
}

/// Takes some seconds to say that all is well.
fn judge() -> Value {
    let container = json!({"name": "check", "image": "sluice-demo/check:1", "command": ["sleep", "6"]});
    let pod = json!({"restartPolicy": "Never", "containers": [container]});
    let job = json!({"spec": {"backoffLimit": 0, "template": {"spec": pod}}});
    json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "AnalysisTemplate", "metadata": {"name": "judge"},
        "spec": {"metrics": [{"name": "check", "provider": {"job": job}}]},
    })
}

/// A release, and all that was told of it.
struct Trace {
    root: Span,
    parts: Vec<Span>,
}

/// The trace of the release of the newest version, once its end is told.
async fn whole(scene: &Scene, collector: &Collector) -> Result<Trace> {
    let hash = status(scene).await?.current_pod_hash.context("a release has a hash")?;
    let is_it = |span: &Span| span.name == "release" && span.attribute("sluice.revision") == Some(&hash);
    let told = || async { collector.spans().ok()?.into_iter().find(is_it) };
    let root = wait::until("the end of the release is told", told).await?;
    // Whatever was told with it is in the same batch or the one before.
    let all = collector.spans()?;
    let roots = all.iter().filter(|span| is_it(span)).count();
    ensure!(roots == 1, "the release is told {roots} times");
    let parts = all.into_iter().filter(|span| span.trace_id == root.trace_id && span.span_id != root.span_id).collect();
    Ok(Trace { root, parts })
}

impl Trace {
    /// Each of those steps is told once, one after the other; nothing is told twice, and all is within something that was told.
    fn check(&self, numbers: &[&str]) -> Result<()> {
        let Self { root, parts } = self;
        ensure!(root.parent_span_id.is_none(), "{root:?}");
        let told = || format!("\n{parts:#?}");
        let mut ids: BTreeSet<&str> = BTreeSet::from([root.span_id.as_str()]);
        for span in parts {
            ensure!(ids.insert(&span.span_id), "{span:?} is told twice:{}", told());
        }
        for span in parts {
            let parent = span.parent_span_id.as_deref().with_context(|| format!("{span:?} is a second root"))?;
            ensure!(ids.contains(parent), "{span:?} is within nothing:{}", told());
        }
        let steps: Vec<&Span> = parts.iter().filter(|span| span.attribute("sluice.step").is_some()).collect();
        let found: Vec<&str> = steps.iter().filter_map(|span| span.attribute("sluice.step")).collect();
        ensure!(found == numbers, "steps {found:?}:{}", told());
        self.in_order(&steps)?;
        let analyses = parts.iter().filter(|span| span.name == "analysis").count();
        ensure!(analyses == usize::from(numbers.contains(&"3")), "{analyses} analyses:{}", told());
        ensure!(parts.iter().any(|span| span.name == "pass"), "no pass is told:{}", told());
        Ok(())
    }

    /// The status tells the second in which the pass that ended the step before looked: a process that did not see the next one begin
    /// says so of it. A pass that changed nothing is not told, and looked before it ended the step: at most `PASS` before.
    fn in_order(&self, steps: &[&Span]) -> Result<()> {
        let passes = self.parts.iter().filter(|span| span.name == "pass").map(Span::times);
        let passes: Vec<(f64, f64)> = passes.collect::<Result<_>>()?;
        let (mut from, to) = self.root.times()?;
        for step in steps {
            let (began, ended) = step.times()?;
            let that_ended_it = passes.iter().filter(|(began, ended)| (*began..=*ended + 0.001).contains(&from));
            let looked = that_ended_it.map(|(began, _)| *began).fold(from, f64::min);
            ensure!(began >= looked - 1.0 - PASS && ended <= to + 0.001, "{step:?} is not within {looked}–{to}");
            from = ended;
        }
        Ok(())
    }
}

/// Spans of traces of which no release was told.
fn strangers(all: &[Span]) -> Vec<&Span> {
    let mut roots: BTreeMap<&str, usize> = BTreeMap::new();
    for span in all.iter().filter(|span| span.name == "release") {
        *roots.entry(&span.trace_id).or_default() += 1;
    }
    all.iter().filter(|span| roots.get(span.trace_id.as_str()) != Some(&1)).collect()
}
