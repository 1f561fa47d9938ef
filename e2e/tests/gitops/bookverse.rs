//! The example of `examples/bookverse`, in its four environments at once: its own projects, Applications and charts.

// A `Value` that is an object takes any key.
#![allow(clippy::indexing_slicing)]

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use futures::future::try_join_all;
use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::apps::v1::{Deployment, StatefulSet};
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::api::networking::v1::Ingress;
use kube::Resource;
use kube::api::{Api, ListParams, Patch, PatchParams};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sluice_e2e::harness::Scene;
use sluice_e2e::tools::package_dir;
use sluice_e2e::{manifests, wait};

use crate::stage::{HOME, Stage, until_says};

/// One environment: its name, how many pods each service has at least, and how many its database.
pub(crate) struct Environment {
    pub(crate) name: &'static str,
    pub(crate) replicas: i32,
    pub(crate) databases: i32,
}

const ENVIRONMENTS: [Environment; 4] = [
    Environment { name: "dev", replicas: 1, databases: 0 },
    Environment { name: "qa", replicas: 1, databases: 0 },
    Environment { name: "staging", replicas: 2, databases: 1 },
    Environment { name: "prod", replicas: 5, databases: 3 },
];
/// A ConfigMap of what the variables are.
const TOLD: &str = "bookverse-told";
/// Services that a release scales by itself; the one that is scaled by load begins with one pod.
const SERVICES: [&str; 4] = ["server", "recommendations", "checkout", "web"];

pub(crate) fn example() -> PathBuf {
    package_dir().join("../examples/bookverse")
}

pub(crate) fn read(file: &str) -> Result<Value> {
    let file = example().join("gitops").join(file);
    let text = std::fs::read_to_string(&file).with_context(|| format!("read {}", file.display()))?;
    manifests::parse(&text)?.into_iter().next().with_context(|| format!("nothing is in {}", file.display()))
}

/// An Application deploys those of the environments, and they all services: each runs, after the Job that goes before and before
/// the one that comes after. Prod waits for a person.
pub(crate) async fn everywhere(scene: Scene) -> Result<()> {
    let stage = Stage::of(scene).await?.calling("bookverse-");
    stage.repository.copy(&example().join("helm-charts"), "")?;
    for Environment { name, .. } in &ENVIRONMENTS {
        stage.repository.write(&format!("environments/{name}.yaml"), application(&stage, name)?.to_string())?;
    }
    let told = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": TOLD}, "data": {"says": "SAYS"}});
    let told = told.to_string().replace("\"SAYS\"", "std.extVar('environment') + ' in ' + std.extVar('cluster')");
    stage.repository.write("environments/told.jsonnet", told)?;
    let commit = stage.repository.commit("the charts, and what is to be deployed where")?;
    stage.repository.git(&["tag", "v1.2.3"])?;
    let mut project = read("projects/bookverse-platform.yaml")?;
    project["spec"]["sourceRepos"] = json!([stage.url()]);
    // Nobody has that key.
    project["spec"]["signatureKeys"] = json!([]);
    stage.at_home(&project).await?;
    // The example's own project lets no Applications through.
    stage.project(json!({"destinations": [{"server": "*", "namespace": HOME}]})).await?;
    // Its variables ask for what the controller was given.
    let directory = read("apps/root-application.yaml")?["spec"]["source"]["directory"].clone();
    let source = json!({"path": "environments", "directory": directory});
    stage.application("root", &json!({"source": source, "destination": {"namespace": HOME}})).await?;
    let maps: Api<ConfigMap> = Api::namespaced(stage.scene.client.clone(), HOME);
    until_says(&maps, TOLD, Some("test in here")).await?;
    try_join_all(ENVIRONMENTS.iter().map(|environment| deployed(&stage, environment, &commit))).await.map(drop)
}

/// The Application of an environment, of this repository and with an image that runs here.
fn application(stage: &Stage, name: &str) -> Result<Value> {
    let mut application = read(&format!("environments/{name}/applications/bookverse-platform.yaml"))?;
    let source = &mut application["spec"]["source"];
    source["repoURL"] = json!(stage.url());
    let image = json!({"name": "global.image", "value": "sluice-demo/app"});
    source["helm"]["parameters"].as_array_mut().context("no parameters")?.push(image);
    Ok(application)
}

async fn deployed(stage: &Stage, environment: &Environment, commit: &str) -> Result<()> {
    let name = environment.name;
    if name == "prod" {
        stage.until(name, "compared", |application| application["status"]["sync"]["status"] == "OutOfSync").await?;
        stage.patch(name, &json!({"operation": {"sync": {}}})).await?;
    }
    play(stage, environment).await?;
    stage.settled(name, commit).await?;
    runs(stage, environment).await
}

pub(crate) fn of<K>(stage: &Stage, environment: &Environment) -> Api<K>
where
    K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>,
{
    Api::namespaced(stage.scene.client.clone(), &format!("bookverse-{}", environment.name))
}

/// Plays the load balancer and what scales by load, which are not here: until they have acted, their objects are not well.
pub(crate) async fn play(stage: &Stage, environment: &Environment) -> Result<()> {
    let address = json!({"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}});
    give_status::<Ingress>(&of(stage, environment), "bookverse-web", address).await?;
    if environment.databases == 0 {
        return Ok(());
    }
    let able = json!({
        "type": "AbleToScale", "status": "True", "reason": "ReadyForNewScale", "message": "",
        "lastTransitionTime": "2026-01-01T00:00:00Z",
    });
    let scaled = json!({"desiredReplicas": environment.replicas, "conditions": [able]});
    give_status::<HorizontalPodAutoscaler>(&of(stage, environment), "bookverse-inventory", scaled).await
}

async fn give_status<K>(api: &Api<K>, name: &str, status: Value) -> Result<()>
where
    K: Resource<DynamicType = ()> + Clone + DeserializeOwned + std::fmt::Debug,
{
    let kind = K::kind(&());
    wait::until(&format!("{kind} {name} is there"), || async { api.get(name).await.ok() }).await?;
    let patched = api.patch_status(name, &PatchParams::default(), &Patch::Merge(json!({"status": status}))).await;
    patched.with_context(|| format!("give {kind} {name} a status")).map(drop)
}

/// What the chart promises of an environment is there.
async fn runs(stage: &Stage, environment: &Environment) -> Result<()> {
    let name = environment.name;
    let deployments = of::<Deployment>(stage, environment);
    for service in SERVICES {
        let found = deployments.get(&format!("bookverse-{service}")).await.context("read a Deployment")?;
        let available = found.status.and_then(|status| status.available_replicas).unwrap_or_default();
        ensure!(available == environment.replicas, "{name}: {available} pods of {service} are available");
    }
    let jobs = of::<Job>(stage, environment).list(&ListParams::default()).await.context("list Jobs")?;
    let done = |job: &&Job| job.status.as_ref().is_some_and(|status| status.succeeded == Some(1));
    ensure!(jobs.iter().filter(done).count() == 2, "{name}: not all hooks ran: {:?}", jobs.items);
    let databases = of::<StatefulSet>(stage, environment).list(&ListParams::default()).await?;
    let ready = databases.iter().filter_map(|set| set.status.as_ref()?.ready_replicas).sum::<i32>();
    ensure!(ready == environment.databases, "{name}: {ready} databases are ready");
    let settings = of::<ConfigMap>(stage, environment).get("bookverse-platform").await.context("read the settings")?;
    let said = settings.data.unwrap_or_default().remove("environment");
    ensure!(said.as_deref() == Some(name), "{name}: the settings are of {said:?}");
    Ok(())
}
