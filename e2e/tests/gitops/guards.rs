//! What holds a sync back.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use k8s_openapi::api::core::v1::{Secret, Service};
use kube::Api;
use kube::api::{DeleteParams, Patch, PatchParams};
use serde_json::{Value, json};
use sluice_crds::AppProject;
use sluice_crds::names::application::RESOURCES_FINALIZER;
use sluice_e2e::harness::Scene;
use sluice_e2e::{fixtures, wait};
use tokio::time::sleep;

use crate::stage::{HOME, Stage, complains, map};

/// Long enough for several passes.
const PASSES: Duration = Duration::from_secs(4);

/// A window that denies holds; when the project has it no more, the sync goes on by itself.
pub(crate) async fn window(scene: Scene) -> Result<()> {
    let stage = Stage::of(scene).await?;
    stage.repository.write("app/a.yaml", map("a", "one"))?;
    let commit = stage.repository.commit("first")?;
    let always = json!([{"kind": "deny", "schedule": "* * * * *", "duration": "1h", "applications": ["*"]}]);
    stage.project(json!({"syncWindows": always})).await?;
    stage.application("web", &json!({})).await?;
    stage.until("web", "compared", |application| application["status"]["sync"]["revision"] == commit.as_str()).await?;
    let application = stage.get("web").await?;
    ensure!(application["status"]["sync"]["status"] == "OutOfSync", "{:#}", application["status"]);
    ensure!(application["status"]["operationState"].is_null(), "it synced: {:#}", application["status"]);
    ensure!(stage.says("a").await?.is_none(), "it was written in spite of the window");
    stage.project(json!({"syncWindows": []})).await?;
    stage.settled("web", &commit).await.map(drop)
}

/// A rule about an environment leaves its syncs to people; once it is gone, commits are deployed as ever.
pub(crate) async fn rule(scene: Scene) -> Result<()> {
    let stage = Stage::of(scene).await?;
    let environment = stage.scene.namespace.clone();
    let rule = format!("p, environment:{environment}, applications, sync, *, deny");
    let rules = |text: &str| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "argocd-sync-policies"}, "data": {"policy.csv": text}});
    stage.at_home(&rules(&rule)).await?;
    stage.repository.write("app/a.yaml", map("a", "one"))?;
    let commit = stage.repository.commit("first")?;
    stage.application("web", &json!({"syncPolicy": {"automated": null}})).await?;
    stage.patch("web", &json!({"metadata": {"labels": {"environment": environment}}})).await?;
    stage.patch("web", &json!({"spec": {"syncPolicy": {"automated": {"selfHeal": true}}}})).await?;
    stage.until("web", "told of the rule", |application| complains(application, "SyncError", &rule)).await?;
    ensure!(stage.says("a").await?.is_none(), "it was deployed in spite of the rule");
    stage.patch("web", &json!({"operation": {"sync": {}}})).await?;
    stage.settled("web", &commit).await?;
    stage.repository.write("app/a.yaml", map("a", "two"))?;
    let commit = stage.repository.commit("second")?;
    stage.until("web", "told of the rule again", |application| complains(application, "SyncError", &rule)).await?;
    ensure!(stage.says("a").await?.as_deref() == Some("one"), "it was deployed in spite of the rule");
    stage.at_home(&rules("# none")).await?;
    stage.settled("web", &commit).await.map(drop)
}

/// An object that the project does not allow is named, and nothing of the commit is written.
pub(crate) async fn project(scene: Scene) -> Result<()> {
    let stage = Stage::of(scene).await?;
    stage.project(json!({"namespaceResourceBlacklist": [{"group": "", "kind": "Secret"}]})).await?;
    let secret = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: hidden\nstringData: {token: hunter2-token}\n";
    stage.repository.write("app/a.yaml", map("a", "one"))?.write("app/secret.yaml", secret)?;
    let commit = stage.repository.commit("first")?;
    stage.application("web", &json!({})).await?;
    let failed = |application: &serde_json::Value| {
        let told = application["status"].to_string();
        told.contains("hidden") && told.contains("namespaceResourceBlacklist")
    };
    let application = stage.until("web", "blocked by name", failed).await?;
    ensure!(!application.to_string().contains("hunter2"), "the status shows a secret: {application:#}");
    ensure!(!complains(&application, "ComparisonError", "hunter2"), "a condition shows a secret");
    stage.project(json!({"namespaceResourceBlacklist": []})).await?;
    stage.patch("web", &json!({"operation": {"sync": {}}})).await?;
    stage.settled("web", &commit).await.map(drop)
}

/// Whatever the project says before a wave begins counts for that wave, though the sync began under other rules.
pub(crate) async fn between_waves(scene: Scene) -> Result<()> {
    let stage = Stage::of(scene).await?;
    let shut = json!([{"kind": "deny", "schedule": "* * * * *", "duration": "1h", "applications": ["*"]}]);
    let changes = [
        ("kind", json!({"namespaceResourceBlacklist": [{"group": "", "kind": "ConfigMap"}]})),
        ("place", json!({"destinations": [{"server": "*", "namespace": "elsewhere"}]})),
        ("source", json!({"sourceRepos": ["https://git.example.com/*"]})),
        ("time", json!({"syncWindows": shut})),
    ];
    for (name, _) in &changes {
        let balanced = json!({
            "apiVersion": "v1", "kind": "Service",
            "metadata": {"name": name, "annotations": {"argocd.argoproj.io/sync-wave": "-1"}},
            "spec": {"type": "LoadBalancer", "ports": [{"port": 80}]},
        });
        stage.repository.write(&format!("{name}/gate.yaml"), balanced.to_string())?;
        stage.repository.write(&format!("{name}/later.yaml"), map(name, "later"))?;
    }
    let commit = stage.repository.commit("one a folder")?;
    for (name, change) in changes {
        stage.application(name, &json!({"source": {"path": name}})).await?;
        let waits = |application: &Value| {
            application["status"]["operationState"].to_string().contains("healthy state of Service")
        };
        stage.until(name, "waiting for its first wave", waits).await?;
        stage.project(change).await?;
        let given = json!({"status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}});
        let services = stage.scene.api::<Service>();
        services.patch_status(name, &PatchParams::default(), &Patch::Merge(&given)).await.context("open the gate")?;
        sleep(PASSES).await;
        ensure!(
            stage.says(name).await?.is_none(),
            "{name}: the second wave was written although the project forbids it"
        );
        stage.project(json!({})).await?;
        let is_over = |application: &Value| application["status"]["operationState"]["phase"] != "Running";
        if is_over(&stage.get(name).await?) {
            stage.patch(name, &json!({"operation": {"sync": {}}})).await?;
        }
        stage.settled(name, &commit).await?;
    }
    Ok(())
}

/// A project that is deleted stays as long as an Application names it, and goes with the last one.
pub(crate) async fn farewell(scene: Scene) -> Result<()> {
    let stage = Stage::of(scene).await?;
    stage.repository.write("app/a.yaml", map("a", "one"))?;
    let commit = stage.repository.commit("first")?;
    stage.application("web", &json!({})).await?;
    stage.settled("web", &commit).await?;
    let (projects, name) = (Api::<AppProject>::namespaced(stage.scene.client.clone(), HOME), &stage.scene.namespace);
    let kept = json!({"metadata": {"finalizers": [RESOURCES_FINALIZER]}});
    projects.patch(name, &PatchParams::default(), &Patch::Merge(&kept)).await.context("put the finalizer on")?;
    projects.delete(name, &DeleteParams::default()).await.context("delete the project")?;
    sleep(PASSES).await;
    ensure!(projects.get_opt(name).await?.is_some(), "it is gone, and its Application is not");
    stage
        .applications()
        .delete(&stage.name("web"), &DeleteParams::default())
        .await
        .context("delete the Application")?;
    let gone = || async { projects.get_opt(name).await.ok()?.is_none().then_some(()) };
    wait::until("the project is gone", gone).await
}

/// With an account of the project's own, objects are written as far as that account may, and what it may not is told with its name.
pub(crate) async fn impersonated(scene: Scene) -> Result<()> {
    let stage = Stage::of(scene).await?;
    let namespace = stage.scene.namespace.clone();
    let rules =
        json!([{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "create", "patch", "delete"]}]);
    let role = json!({"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "deployer"});
    let account = json!({"kind": "ServiceAccount", "name": "deployer", "namespace": namespace});
    for object in [
        json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "deployer"}}),
        json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "deployer"}, "rules": rules}),
        json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "deployer"},
               "roleRef": role, "subjects": [account]}),
    ] {
        fixtures::apply(&stage.scene.client, &namespace, &object).await?;
    }
    let accounts = json!([{"server": "*", "namespace": "*", "defaultServiceAccount": "deployer"}]);
    stage.project(json!({"destinationServiceAccounts": accounts})).await?;
    stage.repository.write("app/a.yaml", map("a", "one"))?;
    let commit = stage.repository.commit("what it may")?;
    stage.application("web", &json!({})).await?;
    stage.settled("web", &commit).await?;
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "more"}});
    stage.repository.write("app/secret.yaml", secret.to_string())?.write("app/a.yaml", map("a", "two"))?;
    stage.repository.commit("and what it may not")?;
    let user = format!("system:serviceaccount:{namespace}:deployer");
    let told = |application: &Value| {
        let told = application["status"]["operationState"].to_string();
        told.contains(&user) && told.contains("Secret") && told.contains("more")
    };
    stage.until("web", "refused in the name of its account", told).await?;
    ensure!(stage.scene.api::<Secret>().get_opt("more").await?.is_none(), "what the account may not was written");
    ensure!(
        stage.says("a").await?.as_deref() == Some("one"),
        "something of a sync was written that cannot be written whole"
    );
    // Of the next project no account is named: the controller's own rights count.
    stage.project(json!({})).await?;
    stage.patch("web", &json!({"operation": {"sync": {}}})).await?;
    stage.until_says("a", Some("two")).await
}
