//! The rollback policy: versions that go bad are taken back, during their release and after it.

// A `Value` that is an object takes any key.
#![allow(clippy::indexing_slicing)]

use anyhow::{Context, Result, ensure};
use k8s_openapi::api::events::v1::Event;
use kube::api::ListParams;
use serde_json::{Value, json};
use sluice_crds::RolloutPhase::{Degraded, Healthy};
use sluice_crds::{AnalysisRun, RolloutStatus};
use sluice_e2e::harness::Scene;
use tokio::time::{Duration, Instant};

use crate::release::{
    canary, control, controller, env, installed, patch_status, pods, rollout, uids, until, until_message, until_phase,
    until_weight, weight,
};

/// The ConfigMap with that policy.
pub(crate) fn config_map(policy: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "rollback-config"},
        "data": {"rollback-policy.yaml": policy},
    })
}

/// A policy for the test's namespace that looks each second, and `more` of it.
async fn policy(scene: &Scene, more: &str) -> String {
    let prometheus = scene.world.prometheus.lock().await.url();
    let trigger = "{type: error_rate_spike, threshold: 5%, duration: 10s}";
    let namespace = &scene.namespace;
    format!(
        "interval: 1s\nbake_time: 5m\nprometheus: {{address: {prometheus}}}\ntriggers: [{trigger}]\nrollback_targets: {{{namespace}: {{{more}}}}}\n"
    )
}

fn steps() -> Value {
    canary(&json!([{"setWeight": 40}, {"pause": {"duration": "3s"}}]))
}

fn condition(status: &RolloutStatus) -> Option<(&str, &str)> {
    let found = status.conditions.iter().find(|one| one.r#type == "RollbackPolicy")?;
    Some((found.reason.as_str(), found.message.as_str()))
}

async fn until_condition(scene: &Scene, reason: &str) -> Result<RolloutStatus> {
    until(scene, reason, |status| condition(status).is_some_and(|(found, _)| found == reason)).await
}

/// A version that was good is promoted, goes bad, and is taken back to pods that were kept; then it is looked whether users are
/// well.
pub(crate) async fn after_promotion(scene: Scene) -> Result<()> {
    controller(&scene).await?;
    let prometheus = scene.world.prometheus.lock().await.url();
    let checks = format!("validation_checks: [health_check, {{smoke_test: \"{prometheus}/-/ready\"}}]");
    scene.apply(&config_map(&policy(&scene, &checks).await)).await?;
    installed(&scene, &steps()).await?;
    let kept = uids(&scene, "v1").await?;
    let load = scene.load(200).await?;
    // It is compared with the time before it.
    tokio::time::sleep(Duration::from_secs(12)).await;
    scene.apply(&rollout("v2", &steps())).await?;
    until_phase(&scene, Healthy).await?;
    until_condition(&scene, "Watching").await?;
    tokio::time::sleep(Duration::from_secs(12)).await;
    ensure!(uids(&scene, "v1").await? == kept, "the pods of v1 are kept during the bake time");
    control(&scene, "v2", "error_rate=0.5").await?;
    let broke = Instant::now();
    until_breach(&scene, &run_of(&scene, "RollbackPolicyBake").await?).await?;
    let breach = Instant::now();
    let status = until_phase(&scene, Degraded).await?;
    let message = status.message.clone().unwrap_or_default();
    ensure!(
        message.contains("rollback policy") && message.contains("bake") && message.contains("error_rate_spike"),
        "{message}"
    );
    let (bad, known) = (broke.elapsed().as_secs_f64(), breach.elapsed().as_secs_f64());
    eprintln!("taken back {bad:.2} s after it went bad, {known:.2} s after Prometheus said so: {message}");
    until_condition(&scene, "RollbackChecked").await?;
    let sent = load.stop().await;
    ensure!(sent.version("v1").failed == 0 && sent.unanswered.failed == 0, "{sent:?}");
    ensure!(uids(&scene, "v1").await? == kept, "a pod of v1 was replaced");
    evidence(&scene, "RollbackPolicyBake").await
}

/// The version before fails nearly all requests when the next one takes its Service over: that one is not judged by them.
pub(crate) async fn of_the_version_before(scene: Scene) -> Result<()> {
    controller(&scene).await?;
    scene.apply(&config_map(&policy(&scene, "").await)).await?;
    let strategy = canary(&json!([{"setWeight": 40}, {"pause": {}}]));
    installed(&scene, &strategy).await?;
    let load = scene.load(200).await?;
    tokio::time::sleep(Duration::from_secs(12)).await;
    scene.apply(&rollout("v2", &strategy)).await?;
    until_condition(&scene, "Watching").await?;
    until_weight(&scene, 40).await?;
    control(&scene, "v1", "error_rate=0.9").await?;
    tokio::time::sleep(Duration::from_secs(8)).await;
    patch_status(&scene, json!({"pauseConditions": null})).await?;
    until_phase(&scene, Healthy).await?;
    // Longer than what the policy looks back.
    tokio::time::sleep(Duration::from_secs(15)).await;
    let status = until_condition(&scene, "Watching").await?;
    ensure!(status.phase == Healthy && !status.abort, "{:?}", status.message);
    let sent = load.stop().await;
    ensure!(sent.version("v1").failed > 100 && sent.version("v2").failed == 0, "{sent:?}");
    Ok(())
}

/// A version that goes bad at a pause is taken back once Prometheus says so: how long after, is told.
pub(crate) async fn during_release(scene: Scene) -> Result<()> {
    controller(&scene).await?;
    scene.apply(&config_map(&policy(&scene, "").await)).await?;
    let strategy = canary(&json!([{"setWeight": 40}, {"pause": {}}]));
    installed(&scene, &strategy).await?;
    let load = scene.load(200).await?;
    scene.apply(&rollout("v2", &strategy)).await?;
    until_condition(&scene, "Watching").await?;
    until_weight(&scene, 40).await?;
    tokio::time::sleep(Duration::from_secs(12)).await;
    control(&scene, "v2", "error_rate=0.5").await?;
    let watch = run_of(&scene, "RollbackPolicy").await?;
    until_breach(&scene, &watch).await?;
    let breach = Instant::now();
    until_weight(&scene, 0).await?;
    eprintln!(
        "weight 0 came {:.2} s after the breach in Prometheus, of an interval of 1 s",
        breach.elapsed().as_secs_f64()
    );
    let status = until_phase(&scene, Degraded).await?;
    let message = status.message.unwrap_or_default();
    ensure!(message.contains("rollback policy") && message.contains("error_rate_spike"), "{message}");
    let sent = load.stop().await;
    ensure!(sent.version("v1").failed == 0 && sent.unanswered.failed == 0, "{sent:?}");
    Ok(())
}

/// Asks Prometheus what that run asks, until the answer is past the policy's limit.
async fn until_breach(scene: &Scene, run: &AnalysisRun) -> Result<()> {
    let metric = serde_json::to_value(run.spec.metrics.first().context("the run has no metric")?)?;
    let judge = &metric["judge"]["threshold"];
    let limit = judge["limit"].as_f64().with_context(|| format!("no limit in {metric}"))?;
    let template = judge["canary"]["value"].as_str().with_context(|| format!("no query in {metric}"))?;
    let query = run.spec.args.iter().fold(template.to_owned(), |query, argument| {
        query.replace(&format!("{{{{args.{}}}}}", argument.name), argument.value.as_deref().unwrap_or_default())
    });
    let past = || async {
        let share = scene.world.prometheus.lock().await.query(&query).await.ok()??;
        (share >= limit).then_some(())
    };
    sluice_e2e::wait::until("Prometheus says that the new version is bad", past).await
}

async fn run_of(scene: &Scene, kind: &str) -> Result<AnalysisRun> {
    let runs = scene.api::<AnalysisRun>().list(&ListParams::default().labels(&format!("rollout-type={kind}"))).await?;
    runs.items.into_iter().next().with_context(|| format!("there is no run of {kind}"))
}

/// The run of that kind has query, samples, threshold and verdict.
async fn evidence(scene: &Scene, kind: &str) -> Result<()> {
    let run = run_of(scene, kind).await?;
    let text = serde_json::to_string(&run)?;
    for part in ["traefik_service_requests_total", "\"limit\":0.05", "\"Failed\"", "from 0.0500 on it is too much"] {
        ensure!(text.contains(part), "{part} is missing in {text}");
    }
    Ok(())
}

/// The policy as operators have it, unchanged, takes back a version that fails its users during its release.
pub(crate) async fn guide(scene: Scene) -> Result<()> {
    controller(&scene).await?;
    scene.apply(&config_map(&GUIDE.replace("NAMESPACE", &scene.namespace))).await?;
    let strategy = canary(&json!([{"setWeight": 40}, {"pause": {}}]));
    installed(&scene, &strategy).await?;
    let load = scene.load(100).await?;
    scene.apply(&env(rollout("v2", &strategy), "ERROR_RATE", "0.5")).await?;
    let status = until_phase(&scene, Degraded).await?;
    until_weight(&scene, 0).await?;
    let message = status.message.unwrap_or_default();
    ensure!(message.contains("rollback policy") && message.contains("error_rate_spike"), "{message}");
    let sent = load.stop().await;
    ensure!(sent.version("v1").failed == 0 && sent.unanswered.failed == 0, "{sent:?}");
    Ok(())
}

/// Pods that lose their readiness again and again take a version back, without any metric.
pub(crate) async fn unhealthy(scene: Scene) -> Result<()> {
    controller(&scene).await?;
    let text = "interval: 1s\ntriggers: [{type: health_check_failure, threshold: 3, duration: 5m}]\n";
    scene.apply(&config_map(text)).await?;
    let strategy = canary(&json!([{"setWeight": 75}, {"pause": {}}]));
    installed(&scene, &strategy).await?;
    scene.apply(&rollout("v2", &strategy)).await?;
    until_condition(&scene, "Watching").await?;
    until_weight(&scene, 75).await?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    ensure!(pods(&scene, "v2").await?.len() == 3, "three pods are new at weight 75");
    control(&scene, "v2", "ready=false").await?;
    let status = until_phase(&scene, Degraded).await?;
    let message = status.message.unwrap_or_default();
    ensure!(message.contains("health_check_failure") && message.contains("failed 3 times"), "{message}");
    until_weight(&scene, 0).await
}

/// Without Prometheus a version goes no further, and is not taken back; a broken policy leaves the last good one in force; a
/// mended one is taken up at once.
pub(crate) async fn blind_and_broken(scene: Scene) -> Result<()> {
    let mutex = controller(&scene).await?;
    let good = policy(&scene, "").await;
    let nowhere = good.replace(":9090", ":9");
    scene.apply(&config_map(&nowhere)).await?;
    let strategy = canary(&json!([{"setWeight": 40}, {"pause": {"duration": "2s"}}, {"setWeight": 80}]));
    installed(&scene, &strategy).await?;
    let load = scene.load(50).await?;
    scene.apply(&rollout("v2", &strategy)).await?;
    until_message(&scene, "cannot be measured").await?;
    tokio::time::sleep(Duration::from_secs(5)).await;
    ensure!(weight(&scene, "canary").await? == Some(40), "it goes no further than it was");
    scene.apply(&config_map("triggers: lots")).await?;
    let status = until_condition(&scene, "InvalidRollbackPolicy").await?;
    let (_, message) = condition(&status).unwrap_or_default();
    ensure!(message.contains("triggers") && message.contains("last good one"), "{message}");
    let metrics = mutex.lock().await.metrics().await?;
    let line = format!("sluice_rollback_policy_valid{{namespace=\"{}\",name=\"rollback-config\"}} 0", scene.namespace);
    ensure!(metrics.contains(&line), "{line} is missing");
    told(&scene, "InvalidRollbackPolicy").await?;
    ensure!(weight(&scene, "canary").await? == Some(40), "a broken policy lets nothing through");
    scene.apply(&config_map(&good)).await?;
    crate::release::patch_status(&scene, json!({"abort": true})).await?;
    until_phase(&scene, Degraded).await?;
    crate::release::patch_status(&scene, json!({"abort": false})).await?;
    until_phase(&scene, Healthy).await?;
    let sent = load.stop().await;
    ensure!(sent.total.failed == 0, "{sent:?}");
    Ok(())
}

/// A policy is told to look only before the version goes bad, which is therefore not taken back; told otherwise again, it takes the
/// version back, and no hand has to help.
pub(crate) async fn changed_under_way(scene: Scene) -> Result<()> {
    controller(&scene).await?;
    let (acts, looks) = (policy(&scene, "").await, policy(&scene, "dry_run: true").await);
    scene.apply(&config_map(&acts)).await?;
    let strategy = canary(&json!([{"setWeight": 40}, {"pause": {}}]));
    installed(&scene, &strategy).await?;
    let load = scene.load(200).await?;
    scene.apply(&rollout("v2", &strategy)).await?;
    until_condition(&scene, "Watching").await?;
    until_weight(&scene, 40).await?;
    let begun = || async { (watches(&scene).await.ok()?.0 == 1).then_some(()) };
    sluice_e2e::wait::until("it is watched by the first form", begun).await?;
    scene.apply(&config_map(&looks)).await?;
    tokio::time::sleep(Duration::from_secs(12)).await;
    control(&scene, "v2", "error_rate=0.5").await?;
    until_condition(&scene, "WouldRollBack").await?;
    tokio::time::sleep(Duration::from_secs(5)).await;
    ensure!(weight(&scene, "canary").await? == Some(40), "nothing is taken back by a policy that looks only");
    let (all, open) = watches(&scene).await?;
    ensure!(all == 2 && open <= 1, "{all} watches, of which {open} go on: one for each form of the policy is enough");
    let changed = Instant::now();
    scene.apply(&config_map(&acts)).await?;
    until_weight(&scene, 0).await?;
    eprintln!("taken back {:.2} s after the policy was told to act again", changed.elapsed().as_secs_f64());
    let message = until_phase(&scene, Degraded).await?.message.unwrap_or_default();
    ensure!(message.contains("rollback policy") && message.contains("error_rate_spike"), "{message}");
    let sent = load.stop().await;
    ensure!(sent.version("v1").failed == 0 && sent.unanswered.failed == 0, "{sent:?}");
    Ok(())
}

/// How many watches over a release there are, and how many of them go on.
async fn watches(scene: &Scene) -> Result<(usize, usize)> {
    let all = ListParams::default().labels("rollout-type=RollbackPolicy");
    let runs = scene.api::<AnalysisRun>().list(&all).await?.items;
    Ok((runs.len(), runs.iter().filter(|run| !run.spec.terminate).count()))
}

async fn told(scene: &Scene, reason: &str) -> Result<()> {
    let look = || async {
        let events = scene.api::<Event>().list(&ListParams::default()).await.ok()?;
        let about =
            |event: &Event| event.regarding.as_ref().is_some_and(|one| one.kind.as_deref() == Some("ConfigMap"));
        events.items.iter().any(|event| event.reason.as_deref() == Some(reason) && about(event)).then_some(())
    };
    sluice_e2e::wait::until("an event tells what is wrong with the policy", look).await
}

/// As operators have it: nothing but what the established form knows.
const GUIDE: &str = include_str!("rollback-policy.yaml");
