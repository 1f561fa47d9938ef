//! The world that the end-to-end tests and the demo stand on does what a real one would.

// A `Value` that is an object takes any key.
#![allow(clippy::indexing_slicing)]

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use k8s_openapi::api::apps::v1::ReplicaSet;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams};
use serde_json::{Value, json};
use sluice_e2e::harness::{Case, Scene, run};
use sluice_e2e::http::{self, Answer};
use sluice_e2e::{fixtures, wait};

fn main() -> ExitCode {
    run(vec![
        Case::new("pods_of_a_replica_set_become_ready_and_answer_through_traefik", answering),
        Case::new("an_unready_pod_gets_no_requests", unready),
        Case::new("a_pod_serves_through_its_pre_stop_and_drops_no_request", pre_stop),
        Case::new("an_image_that_does_not_exist_is_never_pulled", no_image),
        Case::new("a_command_that_does_not_exist_crashes_again_and_again", crash_loop),
        Case::new("a_job_ends_as_its_command_does", jobs),
        Case::new("a_readiness_gate_is_left_to_others", gate),
        Case::new("weights_of_a_traefik_service_share_the_requests", weights),
        Case::new("an_empty_service_costs_its_share_or_the_whole_route", empty),
        Case::new("prometheus_counts_each_service_and_scrapes_the_pods_that_ask", metrics),
        Case::alone("pods_keep_serving_while_the_api_server_restarts", api_restart),
    ])
}

const SOON: Duration = Duration::from_secs(5);

/// Pods of `version` behind a Service of that name.
async fn arm(scene: &Scene, version: &str, replicas: u32) -> Result<()> {
    scene.apply(&fixtures::service(version, &json!({"version": version}))).await?;
    scene.apply(&fixtures::replica_set(version, "app", version, replicas)).await?;
    all_ready(scene, version, replicas).await
}

/// The route of the test's host, shared among Services by weight.
async fn route(scene: &Scene, services: &[(&str, Option<u32>)]) -> Result<()> {
    scene.apply(&fixtures::traefik_service("app", services)).await?;
    scene.apply(&fixtures::ingress_route("app", &scene.host, "app")).await?;
    for (service, _) in services {
        let routed = || async {
            let traefik = scene.world.traefik.lock().await;
            let servers = traefik.servers(&scene.namespace, service, 80).await.ok()?;
            (!servers.is_empty()).then_some(())
        };
        wait::until("Traefik knows the pods", routed).await?;
    }
    wait::until("the route answers", || async { get(scene).await.ok().filter(|answer| answer.status == 200) }).await?;
    Ok(())
}

async fn all_ready(scene: &Scene, name: &str, replicas: u32) -> Result<()> {
    let wanted = i32::try_from(replicas)?;
    let look = || async {
        let set = scene.api::<ReplicaSet>().get(name).await.ok()?;
        set.status?.ready_replicas.filter(|ready| *ready == wanted)
    };
    wait::until("all replicas are ready", look).await.map(drop)
}

/// One request for the test's host.
async fn get(scene: &Scene) -> Result<Answer> {
    let url = scene.world.traefik.lock().await.web_url();
    http::send(&http::one_shot(), http::get_request(&url, Some(&scene.host))?, SOON).await
}

async fn pods(scene: &Scene) -> Result<Vec<Pod>> {
    Ok(scene.api::<Pod>().list(&ListParams::default()).await?.items)
}

/// Turns a knob of one pod.
async fn control(pod: &Pod, knobs: &str) -> Result<()> {
    let ip = pod.status.as_ref().and_then(|status| status.pod_ip.clone()).context("the pod has no address")?;
    let url = format!("http://{ip}:{}/control?{knobs}", fixtures::APP_PORT);
    let answer = http::send(&http::one_shot(), http::request(http::Method::POST, &url, None)?, SOON).await?;
    ensure!(answer.status == 200, "control: {}", answer.body);
    Ok(())
}

/// A pod of one container, as `spec` has it.
async fn pod(scene: &Scene, spec: Value) -> Result<()> {
    scene.apply(&json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "pod"}, "spec": spec})).await.map(drop)
}

/// Waits until the pod's first container is waiting for `reason`; returns how often it was restarted.
async fn waiting_for(scene: &Scene, reason: &str) -> Result<i32> {
    let look = || async {
        let status = scene.api::<Pod>().get("pod").await.ok()?.status?.container_statuses?.into_iter().next()?;
        let waiting = status.state?.waiting?.reason?;
        (waiting == reason).then_some(status.restart_count)
    };
    wait::until(&format!("the container waits for {reason}"), look).await
}

async fn answering(scene: Scene) -> Result<()> {
    arm(&scene, "v1", 3).await?;
    route(&scene, &[("v1", None)]).await?;
    let load = scene.load(100).await?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let answers = load.stop().await;
    ensure!(answers.total.failed == 0 && answers.version("v1") == answers.total, "{answers:?}");
    Ok(())
}

async fn unready(scene: Scene) -> Result<()> {
    arm(&scene, "v1", 2).await?;
    route(&scene, &[("v1", None)]).await?;
    // Whoever gets a request now fails it.
    let all = pods(&scene).await?;
    let sick = all.first().context("no pod")?;
    control(sick, "ready=false&error_rate=1").await?;
    all_ready(&scene, "v1", 1).await?;
    let whole = || async {
        let answers = futures::future::join_all((0..10).map(|_| get(&scene))).await;
        answers.iter().all(|answer| answer.as_ref().is_ok_and(|answer| answer.status == 200)).then_some(())
    };
    wait::until("the unready pod gets nothing", whole).await?;
    control(sick, "ready=true&error_rate=0").await?;
    all_ready(&scene, "v1", 2).await
}

async fn pre_stop(scene: Scene) -> Result<()> {
    let mut set = fixtures::replica_set("v1", "app", "v1", 2);
    set["spec"]["template"]["spec"]["containers"][0]["lifecycle"] = json!({"preStop": {"sleep": {"seconds": 5}}});
    scene.apply(&fixtures::service("v1", &json!({"version": "v1"}))).await?;
    scene.apply(&set).await?;
    all_ready(&scene, "v1", 2).await?;
    route(&scene, &[("v1", None)]).await?;
    let load = scene.load(100).await?;
    let first = pods(&scene).await?.first().context("no pod")?.name_any();
    scene.api::<Pod>().delete(&first, &DeleteParams::default()).await?;
    ensure!(scene.api::<Pod>().get_opt(&first).await?.is_some(), "the pod went before its preStop ended");
    let gone = || async { scene.api::<Pod>().get_opt(&first).await.ok()?.is_none().then_some(()) };
    wait::until("the deleted pod goes", gone).await?;
    let answers = load.stop().await;
    ensure!(answers.total.failed == 0 && answers.total.requests > 300, "{answers:?}");
    Ok(())
}

async fn no_image(scene: Scene) -> Result<()> {
    pod(&scene, json!({"containers": [{"name": "app", "image": "registry.test/nonexistent:v1"}]})).await?;
    waiting_for(&scene, "ErrImagePull").await?;
    let restarts = waiting_for(&scene, "ImagePullBackOff").await?;
    ensure!(restarts == 0, "{restarts} restarts");
    Ok(())
}

async fn crash_loop(scene: Scene) -> Result<()> {
    let container = json!({"name": "app", "image": "sluice-demo/app:v1", "command": ["/no/such/program"]});
    pod(&scene, json!({"containers": [container]})).await?;
    let more = || async { waiting_for(&scene, "CrashLoopBackOff").await.ok().filter(|restarts| *restarts >= 2) };
    wait::until("the container was restarted twice", more).await.map(drop)
}

async fn jobs(scene: Scene) -> Result<()> {
    scene.apply(&fixtures::job("good", &["sleep", "0.2"])).await?;
    scene.apply(&fixtures::job("bad", &["sh", "-c", "sleep 0.2; exit 3"])).await?;
    let ended = |name: &'static str| {
        let api = scene.api::<Job>();
        async move {
            let status = api.get(name).await.ok()?.status?;
            (status.completion_time.is_some() || status.failed > Some(0)).then_some(status)
        }
    };
    let good = wait::until("the good job ends", || ended("good")).await?;
    ensure!(good.succeeded == Some(1) && good.failed.is_none(), "{good:?}");
    let bad = wait::until("the bad job ends", || ended("bad")).await?;
    ensure!(bad.failed == Some(1) && bad.succeeded.is_none(), "{bad:?}");
    Ok(())
}

async fn gate(scene: Scene) -> Result<()> {
    let containers = json!([{"name": "app", "image": "sluice-demo/app:v1"}]);
    pod(&scene, json!({"containers": containers, "readinessGates": [{"conditionType": "test/gate"}]})).await?;
    let state = |kind: &'static str| {
        let api = scene.api::<Pod>();
        async move {
            let conditions = api.get("pod").await.ok()?.status?.conditions?;
            conditions.into_iter().find(|it| it.type_ == kind).map(|it| it.status)
        }
    };
    let held = || async { state("ContainersReady").await.filter(|it| it == "True") };
    wait::until("the containers are ready", held).await?;
    ensure!(state("Ready").await.as_deref() == Some("False"), "the gate did not hold");
    let open = json!({"status": {"conditions": [{"type": "test/gate", "status": "True"}]}});
    scene.api::<Pod>().patch_status("pod", &PatchParams::default(), &Patch::Strategic(open)).await?;
    let opened = || async { state("Ready").await.filter(|it| it == "True") };
    wait::until("the pod is ready", opened).await?;
    ensure!(state("test/gate").await.as_deref() == Some("True"), "the kubelet took the gate's condition away");
    Ok(())
}

async fn weights(scene: Scene) -> Result<()> {
    futures::try_join!(arm(&scene, "v1", 1), arm(&scene, "v2", 1))?;
    route(&scene, &[("v1", Some(80)), ("v2", Some(20))]).await?;
    let load = scene.load(200).await?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let answers = load.stop().await;
    ensure!((answers.share("v2") - 20.0).abs() < 3.0 && answers.total.failed == 0, "{answers:?}");
    Ok(())
}

async fn empty(scene: Scene) -> Result<()> {
    arm(&scene, "v1", 1).await?;
    route(&scene, &[("v1", None)]).await?;
    scene.apply(&fixtures::service("nobody", &json!({"version": "none"}))).await?;
    scene.apply(&fixtures::traefik_service("app", &[("v1", Some(50)), ("nobody", Some(50))])).await?;
    let url = scene.world.bare_traefik.lock().await.web_url();
    let dropped = || async {
        let answer =
            http::send(&http::one_shot(), http::get_request(&url, Some(&scene.host)).ok()?, SOON).await.ok()?;
        (answer.status == 404).then_some(())
    };
    wait::until("the bare Traefik drops the route", dropped).await?;
    let shared = || async { get(&scene).await.ok().filter(|answer| answer.status == 503).map(drop) };
    wait::until("the charted Traefik refuses a share", shared).await?;
    ensure!(get(&scene).await?.status == 200, "the charted Traefik refuses more than the empty Service's share");
    Ok(())
}

async fn metrics(scene: Scene) -> Result<()> {
    let mut set = fixtures::replica_set("v1", "app", "v1", 1);
    set["spec"]["template"]["metadata"]["annotations"] = json!({"prometheus.io/scrape": "true"});
    scene.apply(&fixtures::service("v1", &json!({"version": "v1"}))).await?;
    scene.apply(&set).await?;
    all_ready(&scene, "v1", 1).await?;
    route(&scene, &[("v1", None)]).await?;
    let service = format!("{}-v1-80@kubernetescrd", scene.namespace);
    let routed = format!("sum(traefik_service_requests_total{{service=\"{service}\",code=\"200\"}})");
    let served = format!("sum(http_requests_total{{namespace=\"{}\",code=\"200\"}})", scene.namespace);
    for query in [routed, served] {
        let look = || async {
            let _ = get(&scene).await;
            scene.world.prometheus.lock().await.query(&query).await.ok()?.filter(|count| *count > 0.0)
        };
        wait::until(&query, look).await?;
    }
    Ok(())
}

async fn api_restart(scene: Scene) -> Result<()> {
    arm(&scene, "v1", 2).await?;
    route(&scene, &[("v1", None)]).await?;
    let load = scene.load(100).await?;
    scene.world.cluster.lock().await.restart_api_server().await?;
    scene.apply(&fixtures::replica_set("v1", "app", "v1", 3)).await?;
    all_ready(&scene, "v1", 3).await?;
    let answers = load.stop().await;
    ensure!(answers.total.failed == 0, "{answers:?}");
    Ok(())
}
