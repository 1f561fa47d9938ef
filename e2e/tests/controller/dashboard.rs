//! The dashboard in a cluster: whose a token is and what its user may do, the real API server says.

// A `Value` that is an object takes any key.
#![allow(clippy::indexing_slicing)]

use anyhow::{Context, Result, ensure};
use k8s_openapi::api::authentication::v1::{TokenRequest, TokenRequestSpec};
use k8s_openapi::api::core::v1::ServiceAccount;
use kube::api::{Api, Patch, PatchParams, PostParams};
use kube::core::{ApiResource, DynamicObject, GroupVersionKind};
use serde_json::{Value, json};
use sluice_crds::RolloutPhase::{Healthy, Paused};
use sluice_e2e::controller::Controller;
use sluice_e2e::harness::Scene;
use sluice_e2e::helm::Helm;
use sluice_e2e::manifests;
use sluice_e2e::tools::Tools;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;
use tokio::time::{Duration, timeout};

use crate::plugin::WHO;
use crate::release::{canary, installed, programs, rollout, route, status, until, until_phase};
use crate::twins;
use sluice_e2e::visitor::{Visitor, field};

const PORT: u16 = 8100;
const INSTANCE: &str = "pages";
const RBAC: &str = "rbac.authorization.k8s.io";

/// Without a token nothing is shown, with one what its user may see, and only whoever may promote does.
pub(crate) async fn rights(scene: Scene) -> Result<()> {
    let _controller = serve(&scene).await?;
    route(&scene).await?;
    let strategy = canary(&json!([{"setWeight": 25}, {"pause": {}}, {"setWeight": 50}, {"pause": {}}]));
    let minded = |version: &str| twins::minded_by(INSTANCE, rollout(version, &strategy));
    scene.apply(&minded("v1")).await?;
    until_phase(&scene, Healthy).await?;
    scene.apply(&minded("v2")).await?;
    until_phase(&scene, Paused).await?;

    let page = format!("/rollouts/{}/web", scene.namespace);
    turned_away(&page).await?;
    only_looked_at(&scene, &page).await?;
    ensure!(status(&scene).await?.current_step_index == Some(1), "nothing was promoted yet");

    let owner = token(&scene, "owner", &["get", "list", "watch", "patch"]).await?;
    let mut owner = Visitor::signed_in(PORT, &owner).await?;
    let promoted = owner.order(&page, "promote").await?;
    ensure!(promoted.body == format!("{}/web promoted", scene.namespace), "{promoted:?}");
    until(&scene, "at the second pause", |status| status.phase == Paused && status.current_step_index == Some(3))
        .await?;
    let aborted = owner.order(&page, "abort").await?;
    ensure!(aborted.status == 200, "{aborted:?}");
    until_phase(&scene, sluice_crds::RolloutPhase::Degraded).await?;
    let who = format!("from the dashboard (system:serviceaccount:{}:owner)", scene.namespace);
    until(&scene, "whoever aborted it is named", |status| {
        status.message.as_deref().is_some_and(|message| message.contains(&who))
    })
    .await
    .map(drop)
}

/// The command serves its pages to whoever has the address that it prints, and acts as the kubeconfig's user.
pub(crate) async fn at_home(scene: Scene) -> Result<()> {
    let strategy = canary(&json!([{"setWeight": 25}, {"pause": {}}]));
    installed(&scene, &strategy).await?;
    scene.apply(&rollout("v2", &strategy)).await?;
    until_phase(&scene, Paused).await?;

    let kubeconfig = scene.world.cluster.lock().await.kubeconfig();
    let mut command = Command::new(&programs()?.plugin)
        .args(["dashboard", "--port", "0", "--namespace", &scene.namespace])
        .env("KUBECONFIG", kubeconfig)
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .context("start the dashboard")?;
    let mut lines = BufReader::new(command.stdout.take().context("no output")?).lines();
    let line = timeout(Duration::from_secs(10), lines.next_line()).await.context("it says nothing")??;
    let line = line.context("it ended")?;
    let (port, path) = line
        .split_once("http://127.0.0.1:")
        .and_then(|(_, address)| address.split_once('/'))
        .with_context(|| format!("no address: {line}"))?;
    let port: u16 = port.parse().context("read the port")?;

    let page = format!("/rollouts/{}/web", scene.namespace);
    let refused = Visitor::at(port).get(&page).await?;
    ensure!(!refused.body.contains("CanaryPauseStep"), "shown without the secret: {refused:?}");
    let mut owner = Visitor::opened(port, &format!("/{path}")).await?;
    let shown = owner.get(&page).await?.body;
    ensure!(shown.contains("CanaryPauseStep"), "the release is not shown: {shown}");
    let promoted = owner.order(&page, "promote").await?;
    ensure!(promoted.body == format!("{}/web promoted", scene.namespace), "{promoted:?}");
    until_phase(&scene, Healthy).await?;
    let by = status(&scene).await?.ordered_by;
    ensure!(by == [WHO], "the order is the kubeconfig's user's: {by:?}");
    command.kill().await.context("end the dashboard")
}

/// Nobody is shown anything without a token, or with one that is nobody's.
async fn turned_away(page: &str) -> Result<()> {
    let mut stranger = Visitor::at(PORT);
    for path in ["/", "/events", "/applications", page] {
        let answer = stranger.get(path).await?;
        ensure!(answer.status == 303 && !answer.body.contains("web"), "{path} is shown to a stranger: {answer:?}");
    }
    let forged = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzeXN0ZW06YWRtaW4ifQ.c2lnbmF0dXJl";
    let answer = stranger.post("/login", &[("token", forged)]).await?;
    ensure!(answer.status == 401 && answer.body.contains("does not know this token"), "{answer:?}");
    Ok(())
}

/// Whoever may look sees the Rollout, and is refused what they order.
async fn only_looked_at(scene: &Scene, page: &str) -> Result<()> {
    let reader = token(scene, "reader", &["get", "list", "watch"]).await?;
    let mut reader = Visitor::signed_in(PORT, &reader).await?;
    let list = reader.get("/").await?;
    ensure!(list.body.contains(&format!("href=\"{page}\"")), "the list: {}", list.body);
    let shown = reader.get(page).await?.body;
    ensure!(shown.contains("You may look at this Rollout, and not change it."), "{shown}");
    // The reader's own page has no form to send; the token of one is on it all the same.
    let csrf = field(&shown, "csrf");
    for order in ["promote", "abort", "pause"] {
        let refused = reader.send_order(page, &[("csrf", &csrf), ("order", order)]).await?;
        ensure!(refused.status == 403, "{order}: {refused:?}");
    }
    Ok(())
}

/// A controller with the rights that the chart gives it where it serves the dashboard.
async fn serve(scene: &Scene) -> Result<Controller> {
    scene.apply(&json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "sluice"}})).await?;
    let chart = Helm::new(&Tools::ensure()?).template(&[&format!("config.dashboard-port={PORT}")])?;
    let mut bindings = 0;
    for mut binding in manifests::parse::<Value>(&chart)? {
        if binding["kind"] == "ClusterRoleBinding" {
            let name = format!("{}-{}", binding["metadata"]["name"].as_str().unwrap_or_default(), scene.namespace);
            binding["metadata"] = json!({"name": name});
            binding["subjects"][0]["namespace"] = json!(scene.namespace);
            apply_binding(scene, &binding).await?;
            bindings += 1;
        }
    }
    ensure!(bindings >= 2, "the chart lets the controller ask whose a token is");
    let token = issued(scene, "sluice").await?;
    let traefik = [scene.world.traefik.lock().await.api_url()];
    let cluster = scene.world.cluster.lock().await;
    let kubeconfig = cluster.dir().join("dashboard-kubeconfig");
    cluster.write_kubeconfig(&kubeconfig, &token)?;
    let program = programs()?.controller.clone();
    let further = [format!("--dashboard-port={PORT}")];
    Controller::start_minding(9, INSTANCE, &further, &kubeconfig, program, &cluster, &traefik).await
}

async fn apply_binding(scene: &Scene, binding: &Value) -> Result<()> {
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(RBAC, "v1", "ClusterRoleBinding"));
    let api: Api<DynamicObject> = Api::all_with(scene.client.clone(), &resource);
    let name = binding["metadata"]["name"].as_str().context("a binding without name")?;
    api.patch(name, &PatchParams::apply("sluice-e2e"), &Patch::Apply(binding)).await.map(drop).context("bind a role")
}

/// The token of an account that has these verbs on Rollouts in the test's namespace.
async fn token(scene: &Scene, name: &str, verbs: &[&str]) -> Result<String> {
    let of = |api: &str, kind: &str| json!({"apiVersion": api, "kind": kind, "metadata": {"name": name}});
    let rbac = format!("{RBAC}/v1");
    let mut role = of(&rbac, "Role");
    role["rules"] =
        json!([{"apiGroups": ["argoproj.io"], "resources": ["rollouts", "rollouts/status"], "verbs": verbs}]);
    let mut binding = of(&rbac, "RoleBinding");
    binding["roleRef"] = json!({"apiGroup": RBAC, "kind": "Role", "name": name});
    binding["subjects"] = json!([{"kind": "ServiceAccount", "name": name, "namespace": scene.namespace}]);
    for object in [of("v1", "ServiceAccount"), role, binding] {
        scene.apply(&object).await?;
    }
    issued(scene, name).await
}

async fn issued(scene: &Scene, account: &str) -> Result<String> {
    let request = TokenRequest {
        spec: TokenRequestSpec { audiences: Vec::new(), ..TokenRequestSpec::default() },
        ..TokenRequest::default()
    };
    let accounts = scene.api::<ServiceAccount>();
    let answer = accounts.create_token_request(account, &PostParams::default(), &request).await;
    Ok(answer.with_context(|| format!("ask for a token of {account}"))?.status.context("no token")?.token)
}
