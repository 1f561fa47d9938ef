//! BookVerse's prod in steps: a release of five services at once, by the sync loop, Traefik and Prometheus.

// A `Value` that is an object takes any key.
#![allow(clippy::indexing_slicing)]

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use k8s_openapi::api::batch::v1::Job;
use kube::ResourceExt;
use kube::api::ListParams;
use serde_json::{Value, json};
use sluice_crds::{AnalysisRun, Rollout, RolloutPhase};
use sluice_e2e::harness::Scene;
use sluice_e2e::{fixtures, http, wait};
use tokio::process::Command;
use tokio::time::{Duration, sleep};

use crate::bookverse::{Environment, example, of, play, read};
use crate::stage::Stage;

/// The Application, behind the prefix of its name.
const NAME: &str = "prod-progressive";
/// Its own place: that of prod is another case's.
const STEPS: Environment = Environment { name: "steps", replicas: 5, databases: 3 };
/// Released beside each other by a canary.
const CANARIES: [&str; 4] =
    ["bookverse-server", "bookverse-inventory", "bookverse-recommendations", "bookverse-checkout"];
/// Released blue-green, on a person's word.
const SHOP: &str = "bookverse-web";
/// The weights that the Application asks for.
const STAGES: [&str; 4] = ["5", "25", "50", "100"];

/// As the guide has it, but for times and addresses: the next version goes through all steps of the Application, each service judged by
/// what Prometheus says of it, and a person promotes the shop. No request fails, and the Application is well.
pub(crate) async fn in_steps(scene: Scene) -> Result<()> {
    let stage = Stage::of(scene).await?.calling("bookverse-");
    stage.repository.copy(&example().join("helm-charts"), "")?;
    let commit = stage.repository.commit("the charts")?;
    stage.repository.git(&["tag", "v1.2.3"])?;
    let mut project = read("projects/bookverse-releases.yaml")?;
    project["spec"]["sourceRepos"] = json!([stage.url()]);
    stage.at_home(&project).await?;
    released(&stage, "1.2.3").await?;
    play(&stage, &STEPS).await?;
    stage.settled(NAME, &commit).await?;
    let route = fixtures::ingress_route("visitors", &stage.scene.host, CANARIES[0]);
    fixtures::apply(&stage.scene.client, "bookverse-steps", &route).await?;
    answers(&stage).await?;
    let load = stage.scene.load(50).await?;

    stage.repository.write("README.md", "the next version")?;
    let commit = stage.repository.commit("the next version")?;
    stage.repository.git(&["tag", "v1.3.0"])?;
    // That there is no such tag, is believed for a second.
    sleep(Duration::from_millis(1500)).await;
    released(&stage, "1.3.0").await?;
    until_phase(&stage, SHOP, RolloutPhase::Paused).await?;
    promote(&stage, SHOP).await?;
    stage.settled(NAME, &commit).await?;
    for name in CANARIES.iter().chain([&SHOP]) {
        until_phase(&stage, name, RolloutPhase::Healthy).await?;
    }
    let sent = load.stop().await;
    ensure!(sent.total.failed == 0, "{sent:?}");
    ensure!(sent.version("1.2.3").requests > 0 && sent.version("1.3.0").requests > 0, "{sent:?}");
    was_judged(&stage).await?;
    went_in_steps(&stage).await
}

/// Has that version deployed: the Application as a promotion leaves it, and a sync by hand.
async fn released(stage: &Stage, version: &str) -> Result<()> {
    let mut application = read("environments/prod/applications/bookverse-progressive.yaml")?;
    let prometheus = stage.scene.world.prometheus.lock().await.url();
    let spec = &mut application["spec"];
    spec["project"] = json!("bookverse-releases");
    spec["destination"]["namespace"] = json!("bookverse-steps");
    let source = &mut spec["source"];
    source["repoURL"] = json!(stage.url());
    source["targetRevision"] = json!(format!("v{version}"));
    // What ServiceMonitors would find.
    source["helm"]["valuesObject"] = json!({
        "defaults": {"podAnnotations": {"prometheus.io/scrape": "true"}},
        "services": {"web": {"podAnnotations": {"prometheus.io/job": "bookverse-web-preview,bookverse-web-active"}}},
    });
    let parameters = source["helm"]["parameters"].as_array_mut().context("no parameters")?;
    for (name, value) in [
        ("global.image", "sluice-demo/app"),
        ("global.imageTag", version),
        ("global.environment", "prod"),
        ("global.domain", "books.test"),
        ("global.database.type", "postgresql"),
        ("global.database.ha", "true"),
        ("global.prometheus", &prometheus),
        ("progressive.pause", "2s"),
        ("progressive.interval", "1s"),
    ] {
        parameters.push(json!({"name": name, "value": value}));
    }
    stage.at_home(&application).await?;
    stage.patch(NAME, &json!({"operation": {"sync": {}}})).await
}

/// Traefik has taken up the route.
async fn answers(stage: &Stage) -> Result<()> {
    let url = stage.scene.world.traefik.lock().await.web_url();
    let (client, host) = (http::one_shot(), stage.scene.host.as_str());
    let look = || async {
        let request = http::get_request(&url, Some(host)).ok()?;
        let answer = http::send(&client, request, Duration::from_secs(2)).await.ok()?;
        answer.status.is_success().then_some(())
    };
    wait::until("visitors are answered", look).await
}

async fn until_phase(stage: &Stage, name: &str, wanted: RolloutPhase) -> Result<()> {
    let rollouts = of::<Rollout>(stage, &STEPS);
    let look = || async { rollouts.get(name).await.ok()?.status.filter(|status| status.phase == wanted).map(drop) };
    wait::until(&format!("{name} is {wanted:?}"), look).await
}

async fn promote(stage: &Stage, name: &str) -> Result<()> {
    let kubeconfig = stage.scene.world.cluster.lock().await.kubeconfig();
    let mut command = Command::new(&stage.shared.plugin);
    command.args(["promote", name, "--namespace", "bookverse-steps"]).arg("--kubeconfig").arg(kubeconfig);
    let output = command.output().await.context("start the plugin")?;
    ensure!(output.status.success(), "{output:?}");
    Ok(())
}

/// Every service by its own analysis, the shop before and after its switch, and all hooks ran for it.
async fn was_judged(stage: &Stage) -> Result<()> {
    let runs = of::<AnalysisRun>(stage, &STEPS).list(&ListParams::default()).await.context("list AnalysisRuns")?;
    let owners = runs.iter().flat_map(|run| run.owner_references().iter().map(|owner| owner.name.as_str()));
    let judged: BTreeSet<&str> = owners.collect();
    ensure!(judged == CANARIES.into_iter().chain([SHOP]).collect(), "judged were {judged:?}");
    let of_shop = runs.iter().filter(|run| run.owner_references().iter().any(|owner| owner.name == SHOP)).count();
    ensure!(of_shop == 2, "the shop was judged {of_shop} times");
    for run in &runs {
        let status = serde_json::to_value(&run.status).context("read an AnalysisRun")?;
        let measured = status["metricResults"].as_array().map_or(0, Vec::len);
        ensure!(status["phase"] == "Successful" && measured == 2, "{}: {status:#}", run.name_any());
    }
    let jobs = of::<Job>(stage, &STEPS).list(&ListParams::default()).await.context("list Jobs")?;
    let done = jobs.iter().filter(|job| job.status.as_ref().is_some_and(|status| status.succeeded == Some(1))).count();
    ensure!(done == 4, "{done} hooks ran: those of the chart and of the Application are four");
    Ok(())
}

/// Each canary through each weight, in that order.
async fn went_in_steps(stage: &Stage) -> Result<()> {
    let events = of::<k8s_openapi::api::events::v1::Event>(stage, &STEPS).list(&ListParams::default()).await?;
    for name in CANARIES {
        let of_it =
            events.iter().filter(|event| event.regarding.as_ref().is_some_and(|of| of.name.as_deref() == Some(name)));
        let told: Vec<Value> = of_it.map(|event| json!([event.reason, event.note])).collect();
        for weight in STAGES {
            let step = format!("(step weight {weight})");
            ensure!(told.iter().any(|one| one.to_string().contains(&step)), "{name}: no {step} in {told:#?}");
        }
    }
    Ok(())
}
