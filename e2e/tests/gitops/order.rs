//! The order of a sync.

use anyhow::{Context as _, Result, ensure};
use jiff::Timestamp;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::api::ListParams;
use serde_json::json;
use sluice_e2e::harness::Scene;

use crate::stage::{Stage, map};

/// A Job that is a hook.
fn hook(name: &str, when: &str) -> String {
    format!(
        "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: {name}\n  annotations:\n    argocd.argoproj.io/hook: {when}\nspec:\n  \
         backoffLimit: 0\n  template:\n    spec:\n      restartPolicy: Never\n      containers:\n        - {{name: it, image: busybox, command: [\"true\"]}}\n"
    )
}

/// A ConfigMap of a wave.
fn in_wave(name: &str, wave: i32) -> String {
    let annotated = format!("\n  annotations: {{argocd.argoproj.io/sync-wave: \"{wave}\"}}\ndata:");
    map(name, "x").replace("\ndata:", &annotated)
}

fn made(job: &Job) -> Option<&Time> {
    job.metadata.creation_timestamp.as_ref()
}

fn done(job: &Job) -> Option<&Time> {
    job.status.as_ref()?.completion_time.as_ref()
}

/// As the audit log has it: hooks before and after, waves one after the other, and each hook once.
pub(crate) async fn waves_and_hooks(scene: Scene) -> Result<()> {
    let stage = Stage::of(scene).await?;
    let repository = &stage.repository;
    repository
        .write("app/before.yaml", hook("before", "PreSync"))?
        .write("app/after.yaml", hook("after", "PostSync"))?;
    for (name, wave) in [("late", 5), ("early", -1), ("middle", 0)] {
        repository.write(&format!("app/{name}.yaml"), in_wave(name, wave))?;
    }
    let commit = repository.commit("first")?;
    stage.application("web", &json!({})).await?;
    stage.settled("web", &commit).await?;
    let requests = stage.scene.world.cluster.lock().await.audit().requests()?;
    let ours = requests.iter().filter(|request| request.namespace == stage.scene.namespace && request.is_write());
    let names = ["before", "early", "middle", "late", "after"];
    let mut written: Vec<&str> =
        ours.filter_map(|request| names.into_iter().find(|name| request.name == *name)).collect();
    // Hooks are made by a POST, whose name the log has not; their Jobs are there.
    written.dedup();
    let waves: Vec<&str> = written.iter().copied().filter(|name| ["early", "middle", "late"].contains(name)).collect();
    ensure!(waves == ["early", "middle", "late"], "the order was {written:?}");
    let jobs = stage.scene.api::<Job>().list(&ListParams::default()).await?;
    ensure!(jobs.items.len() == 2, "Jobs: {:?}", jobs.items);
    let time = |name: &str, of: fn(&Job) -> Option<&Time>| {
        let job = jobs.items.iter().find(|job| job.metadata.name.as_deref() == Some(name));
        job.and_then(of).map(|time| time.0).with_context(|| format!("Job {name}: {:?}", jobs.items))
    };
    let maps = stage.scene.api::<ConfigMap>().list(&ListParams::default()).await?;
    let ours = maps.items.iter().filter(|map| map.metadata.name.as_deref().is_some_and(|name| names.contains(&name)));
    let maps: Vec<Timestamp> = ours.filter_map(|map| Some(map.metadata.creation_timestamp.as_ref()?.0)).collect();
    // Times are to the second: what came later has none before.
    let (before, after) = (time("before", done)?, time("after", made)?);
    let is_in_order = maps.len() == 3 && maps.iter().all(|map| before <= *map && *map <= after);
    ensure!(is_in_order, "before ended {before}, after began {after}, between them: {maps:?}");
    Ok(())
}
