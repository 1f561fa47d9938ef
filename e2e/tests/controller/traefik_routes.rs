//! Routes that steps add at real Traefik: testers by a header, and copies, while users are answered by weight.

// A `Value` that is an object takes any key.
#![allow(clippy::indexing_slicing)]

use anyhow::{Context, Result, ensure};
use hyper::header::{self, HeaderValue};
use kube::api::{Api, DynamicObject, Patch, PatchParams};
use kube::core::{ApiResource, GroupVersionKind};
use kube::{Client, ResourceExt};
use serde_json::{Value, json};
use sluice_crds::RolloutPhase::{Degraded, Healthy, Paused};
use sluice_e2e::fixtures::APP_PORT;
use sluice_e2e::harness::Scene;
use sluice_e2e::http;
use sluice_e2e::load::Load;
use tokio::time::{Duration, Instant, sleep};

use crate::release::{canary, installed, patch_status, pods, rollout, until, until_phase};

/// A value that needs care in Traefik's rules.
const TESTER: (&str, &str) = ("x-tester", "a`b\"c");
/// How long requests are counted.
const WHILE: Duration = Duration::from_secs(4);
/// How long an answer may take on a busy machine.
const LIMIT: Duration = Duration::from_secs(30);

pub(crate) async fn testers_and_copies(scene: Scene) -> Result<()> {
    installed(&scene, &strategy()).await?;
    let url = scene.world.traefik.lock().await.web_url();
    let users = scene.load(200).await?;
    let testers = Load::with_header(&url, &scene.host, 50, TESTER)?;
    scene.apply(&rollout("v2", &strategy())).await?;
    until_paused(&scene, 3).await?;
    ensure!(added(&scene).await? == 3, "an IngressRoute for testers, one for copies, and what copies");
    apart(&scene, &users, &testers).await?;
    other_host(&scene, &url).await?;

    patch_status(&scene, json!({"abort": true})).await?;
    until_phase(&scene, Degraded).await?;
    let gone = || async { pods(&scene, "v2").await.ok().filter(Vec::is_empty) };
    sluice_e2e::wait::until("the pods of v2 go", gone).await?;
    ensure!(added(&scene).await? == 0, "nothing is left beside the user's");
    let aborted = Instant::now();
    sleep(WHILE).await;
    let back = testers.between(aborted, Instant::now());
    ensure!(back.share("v1") > 99.9, "testers are back at v1: {back:?}");

    patch_status(&scene, json!({"abort": false})).await?;
    until_paused(&scene, 3).await?;
    patch_status(&scene, json!({"pauseConditions": null})).await?;
    until_phase(&scene, Healthy).await?;
    ensure!(added(&scene).await? == 0, "nothing is left beside the user's");
    let gone = || async { pods(&scene, "v1").await.ok().filter(Vec::is_empty) };
    sluice_e2e::wait::until("the pods of v1 go", gone).await?;
    for sent in [users.stop().await, testers.stop().await] {
        ensure!(sent.total.failed == 0, "{sent:?}");
    }
    Ok(())
}

/// Testers are answered by v2 and nobody else is; v2 gets a copy of every second request of the users.
///
/// What v2 has answered is counted at some moment while it is asked, which takes a while on a busy machine: it lies between the
/// requests that were sent from the end of the first question to the beginning of the second, and those with both questions' time.
async fn apart(scene: &Scene, users: &Load, testers: &Load) -> Result<()> {
    let asked = Instant::now();
    let before = answered(scene).await?;
    let (from, to) = (Instant::now(), Instant::now() + WHILE);
    tokio::time::sleep_until(to).await;
    let after = answered(scene).await?;
    let told = Instant::now();
    sleep(Duration::from_secs(1)).await;
    let [(few_users, few_testers), (users, testers)] =
        [(from, to), (asked, told)].map(|(from, to)| (users.between(from, to), testers.between(from, to)));
    ensure!(users.total.requests == users.version("v1").requests && users.total.failed == 0, "{users:?}");
    ensure!(testers.total.requests == testers.version("v2").requests && testers.total.failed == 0, "{testers:?}");
    // Half of the users' requests, and a tenth of them more or less.
    let least = few_testers.total.requests + few_users.total.requests * 4 / 10;
    let most = testers.total.requests + users.total.requests * 6 / 10;
    let all = after - before;
    eprintln!("v2 answered {all} requests; testers and copies are {least} to {most}");
    ensure!((least..=most).contains(&all), "v2 answered {all} requests, which are not {least} to {most}");
    Ok(())
}

/// The user gives the IngressRoute a further name: testers have it too.
async fn other_host(scene: &Scene, url: &str) -> Result<()> {
    let other = format!("other.{}", scene.host);
    let routes = json!([{
        "kind": "Rule", "match": format!("Host(`{}`) || Host(`{other}`)", scene.host),
        "services": [{"kind": "TraefikService", "name": "web"}],
    }]);
    let patch = Patch::Merge(json!({"spec": {"routes": routes}}));
    api(&scene.client, scene, "IngressRoute").patch("web", &PatchParams::default(), &patch).await?;
    let version = |tester: bool| {
        let other = other.clone();
        async move {
            let mut request = http::get_request(url, Some(&other)).ok()?;
            if tester {
                request.headers_mut().insert(TESTER.0, TESTER.1.parse().ok()?);
            }
            let answer = http::send(&http::one_shot(), request, LIMIT).await.ok()?;
            Some(answer.headers.get("x-version")?.to_str().ok()?.to_owned())
        }
    };
    let tester = || async { version(true).await.filter(|version| version == "v2") };
    sluice_e2e::wait::until("testers at the other name", tester).await?;
    ensure!(version(false).await.as_deref() == Some("v1"), "users at the other name");
    Ok(())
}

/// How many requests the pods of v2 have answered.
async fn answered(scene: &Scene) -> Result<u64> {
    let mut all = 0;
    for pod in pods(scene, "v2").await? {
        let address = pod.status.and_then(|status| status.pod_ip).context("an address")?;
        let request = http::get_request(&format!("http://{address}:{APP_PORT}/metrics"), None)?;
        let answer = http::send(&http::one_shot(), request, LIMIT).await?;
        let counts = answer.body.lines().filter(|line| line.starts_with("http_requests_total"));
        all += counts.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum::<u64>();
    }
    Ok(all)
}

/// How many objects there are beside the user's.
async fn added(scene: &Scene) -> Result<usize> {
    let mut all = 0;
    for kind in ["IngressRoute", "TraefikService"] {
        let list = api(&scene.client, scene, kind).list(&kube::api::ListParams::default()).await?;
        all += list.items.iter().filter(|object| object.name_any() != "web").count();
    }
    Ok(all)
}

fn api(client: &Client, scene: &Scene, kind: &str) -> Api<DynamicObject> {
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk("traefik.io", "v1alpha1", kind));
    Api::namespaced_with(client.clone(), &scene.namespace, &resource)
}

async fn until_paused(scene: &Scene, step: i32) -> Result<()> {
    let is_there =
        |status: &sluice_crds::RolloutStatus| status.phase == Paused && status.current_step_index == Some(step);
    until(scene, &format!("paused at step {step}"), is_there).await.map(drop)
}

fn strategy() -> Value {
    let headers = json!([{"headerName": "X-Tester", "headerValue": {"exact": TESTER.1}}]);
    let gets = json!([{"method": {"exact": "GET"}, "path": {"prefix": "/"}}]);
    let mut strategy = canary(&json!([
        {"setCanaryScale": {"replicas": 1}},
        {"setHeaderRoute": {"name": "testers", "match": headers}},
        {"setMirrorRoute": {"name": "copies", "match": gets, "percentage": 50}},
        {"pause": {}}, {"setWeight": 20}, {"pause": {"duration": "3s"}},
    ]));
    strategy["canary"]["trafficRouting"]["managedRoutes"] = json!([{"name": "testers"}, {"name": "copies"}]);
    strategy
}

/// The user's own sticky cookie at the TraefikService: a session keeps its version while that has any weight, new ones go
/// by weight, and both an abort and a promotion take everybody along.
pub(crate) async fn sticky(scene: Scene) -> Result<()> {
    let strategy = canary(&json!([{"setWeight": 20}, {"pause": {}}, {"setWeight": 60}, {"pause": {}}]));
    installed(&scene, &strategy).await?;
    let cookie = Patch::Merge(json!({"spec": {"weighted": {"sticky": {"cookie": {"name": "version"}}}}}));
    api(&scene.client, &scene, "TraefikService").patch("web", &PatchParams::default(), &cookie).await?;
    let url = scene.world.traefik.lock().await.web_url();
    let load = scene.load(100).await?;
    let mut sessions = Sessions { url, host: scene.host.clone(), cookies: Vec::new() };
    let given = || async { sessions.cookie().await.ok().flatten() };
    sluice_e2e::wait::until("Traefik gives cookies", given).await?;
    sessions.begin(200).await?;
    scene.apply(&rollout("v2", &strategy)).await?;
    until_paused(&scene, 1).await?;
    ensure!(sessions.on("v2").await? == 0, "sessions from before stay at v1");
    sessions.begin(200).await?;
    let early = sessions.on("v2").await?;
    ensure!((30..=50).contains(&early), "{early} of 200 new sessions are at v2, at weight 20");
    patch_status(&scene, json!({"pauseConditions": null})).await?;
    until_paused(&scene, 3).await?;
    ensure!(sessions.on("v2").await? == early, "a raised weight moves no session");
    patch_status(&scene, json!({"abort": true})).await?;
    until_phase(&scene, Degraded).await?;
    let gone = || async { pods(&scene, "v2").await.ok().filter(Vec::is_empty) };
    sluice_e2e::wait::until("the pods of v2 go", gone).await?;
    ensure!(sessions.on("v1").await? == 400, "an abort takes all sessions back");
    patch_status(&scene, json!({"abort": false})).await?;
    until_paused(&scene, 1).await?;
    patch_status(&scene, json!({"promoteFull": true})).await?;
    until_phase(&scene, Healthy).await?;
    ensure!(sessions.on("v2").await? == 400, "a promotion takes all sessions along");
    let sent = load.stop().await;
    ensure!(sent.total.failed == 0, "{sent:?}");
    Ok(())
}

/// Browsers, each with its cookie.
struct Sessions {
    url: String,
    host: String,
    cookies: Vec<Option<HeaderValue>>,
}

impl Sessions {
    /// The cookie that a new one is given.
    async fn cookie(&self) -> Result<Option<HeaderValue>> {
        let request = http::get_request(&self.url, Some(&self.host))?;
        let answer = http::send(&http::one_shot(), request, LIMIT).await?;
        Ok(answer.headers.get(header::SET_COOKIE).cloned())
    }

    /// Begins so many more.
    async fn begin(&mut self, more: usize) -> Result<()> {
        self.cookies.extend(std::iter::repeat_n(None, more));
        self.on("").await.map(drop)
    }

    /// How many of them a version answers.
    async fn on(&mut self, version: &str) -> Result<usize> {
        let mut on = 0;
        for cookie in &mut self.cookies {
            let mut request = http::get_request(&self.url, Some(&self.host))?;
            request.headers_mut().extend(cookie.clone().map(|cookie| (header::COOKIE, cookie)));
            let answer = http::send(&http::one_shot(), request, LIMIT).await?;
            on += usize::from(answer.headers.get("x-version").is_some_and(|answered| answered == version));
            if let Some(set) = answer.headers.get(header::SET_COOKIE) {
                let pair = set.to_str()?.split(';').next().unwrap_or_default();
                *cookie = Some(pair.parse()?);
            }
        }
        Ok(on)
    }
}
