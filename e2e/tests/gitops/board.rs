//! What operators see of Applications: dashboard, alerts and runbooks, at a real Prometheus that reads a real controller.

// A `Value` that is an object takes any key.
#![allow(clippy::indexing_slicing)]

use anyhow::{Context, Result, ensure};
use kube::api::{Patch, PatchParams};
use serde_json::{Value, json};
use sluice_e2e::harness::Scene;
use sluice_e2e::{boards, fixtures, wait};

use crate::rejection::judged;
use crate::runbook;
use crate::stage::{HOME, Stage, map};

/// The server of a cluster that nobody answers for.
const AWAY: &str = "https://127.0.0.1:1";
/// That of the cluster that is there.
const THIS: &str = "https://kubernetes.default.svc";
/// Refused when it is tried.
const BROKEN: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: broken}\nspec: {ports: [{port: 99999}]}\n";

/// Which alert is about which of the Applications.
const ALERTS: [(&str, &str); 6] = [
    ("ApplicationOutOfSync", "strayed"),
    ("ApplicationCannotBeCompared", "lost"),
    ("ApplicationIsDegraded", "rejected"),
    ("ApplicationSyncFails", "failing"),
    ("ApplicationCommitRejected", "rejected"),
    ("ApplicationClusterIsAway", "away"),
];
/// Alerts that no state of an Application is about: they can be evaluated here, and fire in the tests of the chart.
const OTHERS: [&str; 1] = ["ApplicationPassesFail"];

/// With Applications in every state, each panel shows something, each alert's condition holds of the Application that is in its state
/// and of no healthy one, and each command of its runbook can be run.
pub(crate) async fn answered(scene: Scene) -> Result<()> {
    let stage = Stage::of(scene).await?;
    one_of_each(&stage).await?;
    panels(&stage).await?;
    for alert in boards::alerts()?.into_iter().filter(|alert| alert.name.starts_with("Application")) {
        let about = ALERTS.iter().find(|(name, _)| *name == alert.name);
        let Some((_, application)) = about else {
            ensure!(OTHERS.contains(&alert.name.as_str()), "{} is tried with no Application", alert.name);
            stage.scene.world.prometheus.lock().await.series(&alert.expr).await.context(alert.name)?;
            continue;
        };
        holds(&stage, &alert, application).await?;
    }
    for (alert, application) in ALERTS {
        runbook::tried(&stage, alert, &stage.name(application)).await?;
    }
    Ok(())
}

/// Makes the Applications, and waits until each is in its state.
async fn one_of_each(stage: &Stage) -> Result<()> {
    let repository = &stage.repository;
    repository.write("good/a.yaml", map("good", "one"))?.write("strayed/a.yaml", map("strayed", "one"))?;
    repository.write("failing/a.yaml", BROKEN)?.write("rejected/web.yaml", judged("v1", "true"))?;
    repository.write("running/hook.yaml", hook())?.write("running/a.yaml", map("waits", "one"))?;
    let first = repository.commit("first")?;
    let folder = |path: &str| json!({"source": {"path": path}});
    for name in ["good", "running", "rejected", "lost"] {
        stage.application(name, &folder(name)).await?;
    }
    let once = json!({"source": {"path": "failing"}, "syncPolicy": {"retry": {"limit": 0}}});
    stage.application("failing", &once).await?;
    let unhealed = json!({"source": {"path": "strayed"}, "syncPolicy": {"automated": {"selfHeal": false}}});
    stage.application("strayed", &unhealed).await?;
    away(stage).await?;
    stage.subscribe("good", "on-created").await?;

    stage.settled("good", &first).await?;
    stage.settled("strayed", &first).await?;
    stage.settled("rejected", &first).await?;
    repository.write("rejected/web.yaml", judged("v2", "false"))?.write("strayed/a.yaml", map("strayed", "two"))?;
    let second = repository.commit("second")?;
    // A commit that was not synced yet would be, whatever was changed by hand before.
    stage.settled("strayed", &second).await?;
    by_hand(stage, "strayed").await?;
    let is = |what: &'static str, at: &'static str, value: Value| (what, at, value);
    for (name, (what, at, value)) in [
        ("strayed", is("out of sync", "/status/sync/status", json!("OutOfSync"))),
        ("failing", is("failed", "/status/operationState/phase", json!("Failed"))),
        ("running", is("under way", "/status/operationState/phase", json!("Running"))),
        ("lost", is("unknown", "/status/sync/status", json!("Unknown"))),
        ("away", is("unknown", "/status/sync/status", json!("Unknown"))),
        ("rejected", is("taken back", "/status/rejected/0/revision", json!(second))),
        ("rejected", is("degraded", "/status/health/status", json!("Degraded"))),
    ] {
        stage.until(name, what, |application| application.pointer(at) == Some(&value)).await?;
    }
    Ok(())
}

/// A hook that is not done while anybody looks.
fn hook() -> String {
    let pod = json!({"restartPolicy": "Never", "containers": [{"name": "it", "image": "busybox", "command": ["sleep", "600"]}]});
    json!({
        "apiVersion": "batch/v1", "kind": "Job",
        "metadata": {"name": "waits", "annotations": {"argocd.argoproj.io/hook": "PreSync"}},
        "spec": {"backoffLimit": 0, "template": {"spec": pod}},
    })
    .to_string()
}

/// An Application in a cluster that does not answer.
async fn away(stage: &Stage) -> Result<()> {
    let labels = json!({"argocd.argoproj.io/secret-type": "cluster"});
    let data = json!({"name": "away", "server": AWAY, "config": json!({"bearerToken": "x", "tlsClientConfig": {"insecure": true}}).to_string()});
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "away", "labels": labels}, "stringData": data});
    fixtures::apply(&stage.scene.client, HOME, &secret).await?;
    let there = json!({"source": {"path": "good"}, "destination": {"server": AWAY}});
    stage.application("away", &there).await
}

/// Somebody changes a ConfigMap in the cluster.
async fn by_hand(stage: &Stage, map: &str) -> Result<()> {
    let patch = Patch::Merge(json!({"data": {"says": "by hand"}}));
    let maps = stage.scene.api::<k8s_openapi::api::core::v1::ConfigMap>();
    maps.patch(map, &PatchParams::default(), &patch).await.context("change a ConfigMap").map(drop)
}

/// Every panel has something to show, beside the nothing that it shows where there is nothing.
async fn panels(stage: &Stage) -> Result<()> {
    let [_, of_applications] = boards::BOARDS;
    for (panel, query) in boards::queries(of_applications, HOME, "none")? {
        let query = query.trim_end_matches(" or vector(0)");
        until_series(stage, &format!("the panel {panel:?}"), query).await?;
    }
    Ok(())
}

/// The alert's condition holds of that Application, or its cluster, and not of the healthy one.
async fn holds(stage: &Stage, alert: &boards::Alert, application: &str) -> Result<()> {
    let (label, ailing, healthy) = match alert.name.as_str() {
        "ApplicationClusterIsAway" => ("server", AWAY.to_owned(), THIS.to_owned()),
        _ => ("name", stage.name(application), stage.name("good")),
    };
    let of = |value: &str| format!("({}) and on ({label}) {}", alert.expr, labelled(label, value));
    until_series(stage, &alert.name, &of(&ailing)).await?;
    let healthy = stage.scene.world.prometheus.lock().await.series(&of(&healthy)).await?;
    ensure!(healthy == 0, "{} holds of what is healthy", alert.name);
    Ok(())
}

fn labelled(label: &str, value: &str) -> String {
    format!("label_replace(vector(1), {label:?}, {value:?}, \"\", \"\")")
}

async fn until_series(stage: &Stage, what: &str, query: &str) -> Result<()> {
    let shown = || async { (stage.scene.world.prometheus.lock().await.series(query).await.ok()? > 0).then_some(()) };
    wait::until(&format!("{what} shows something: {query}"), shown).await
}
