//! Who is told of an Application, by passes over what a cluster shows.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::format_push_string, clippy::needless_pass_by_value)]

use std::sync::Mutex;
use std::time::Duration;

use ::http::{Request, Response, StatusCode};
use bytes::Bytes;
use expect_test::{Expect, expect};
use kube_runtime::watcher::Event;
use serde_json::{Value, json};
use sluice_analysis::provider::Http;
use sluice_crds::{AppProject, Application};
use sluice_notify::send::Clients;
use tokio::time::sleep;

use super::*;
use crate::caches::{Caches, Guarded, Writers};
use crate::options::Options;
use crate::testing::{Asked, Log, surroundings};

/// An Application in a cluster that keeps what is written, and a Slack that takes what it gets.
struct Story {
    ctx: Arc<Context>,
    writers: Writers,
    log: Log,
    slack: Arc<Mutex<Vec<String>>>,
    object: Value,
    /// The version that the API server has of it.
    version: Arc<Mutex<&'static str>>,
    told: String,
}

/// The established ConfigMap and Secret.
fn answer((method, path, _): &Asked) -> (StatusCode, Value) {
    let list = |item: Value| json!({"kind": "List", "apiVersion": "v1", "metadata": {"resourceVersion": "1"}, "items": [item]});
    let metadata = |name: &str| json!({"name": name, "namespace": "sluice", "resourceVersion": "1"});
    match method.as_str() {
        "GET" if path.contains("/configmaps") && path.contains("argocd-notifications-cm") => {
            let data =
                json!({"service.slack": "token: $slack-token", "context": "argocdUrl: https://argocd.example.com"});
            (StatusCode::OK, list(json!({"metadata": metadata("argocd-notifications-cm"), "data": data})))
        }
        "GET" if path.contains("/secrets") && path.contains("argocd-notifications-secret") => {
            let data = json!({"slack-token": "eG94Yi0x"});
            (StatusCode::OK, list(json!({"metadata": metadata("argocd-notifications-secret"), "data": data})))
        }
        "PATCH" => as_it_is("2"),
        _ => crate::testing::empty(&(method.clone(), path.clone(), Value::Null)),
    }
}

/// The Application at the API server.
fn as_it_is(version: &str) -> (StatusCode, Value) {
    let metadata = json!({"name": "shop", "namespace": "sluice", "uid": "u", "resourceVersion": version});
    (StatusCode::OK, json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": metadata}))
}

fn slack(said: Arc<Mutex<Vec<String>>>) -> Http {
    Http::new(tower::service_fn(move |request: Request<Bytes>| {
        let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
        let text = body["text"].as_str().unwrap_or_default().to_owned();
        let title = body["attachments"][0]["fallback"].as_str().unwrap_or_default();
        said.lock().unwrap().push(format!("{} {}: {text} [{title}]", request.uri().path(), body["channel"]));
        let reply = json!({"ok": true, "ts": "1.1", "channel": "C1"}).to_string();
        std::future::ready(Ok::<_, tower::BoxError>(reqwest::Response::from(Response::new(reply))))
    }))
}

/// An Application of ten minutes ago, with these annotations, in a project with those.
async fn given(annotations: Value, of_project: Value) -> Story {
    let options = Options { gitops: clap_gitops(), ..Options::default() };
    let (caches, writers) = Caches::new(&options);
    let version = Arc::new(Mutex::new("1"));
    let live = Arc::clone(&version);
    let (mut around, log) = surroundings(move |asked| match asked.0.as_str() {
        "GET" if asked.1.ends_with("/applications/shop") => as_it_is(*live.lock().unwrap()),
        _ => answer(asked),
    });
    let said = Arc::default();
    around.notify = Clients::over(slack(Arc::clone(&said)));
    let ctx = Arc::new(Context::new(around, caches, options));
    let object = json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
        "metadata": {
            "name": "shop", "namespace": "sluice", "uid": "u", "resourceVersion": "1", "annotations": annotations,
            "creationTimestamp": "2025-12-31T23:00:00Z",
        },
        "spec": {
            "project": "default", "destination": {"server": "https://kubernetes.default.svc", "namespace": "shop"},
            "source": {"repoURL": "https://git.example.com/shop.git", "path": "."},
        },
    });
    let mut story = Story { ctx, writers, log, slack: said, object, version, told: String::new() };
    let project =
        json!({"metadata": {"name": "default", "namespace": "sluice", "annotations": of_project}, "spec": {}});
    let project: Guarded<AppProject> = serde_json::from_value(project).unwrap();
    story.writers.projects.apply_watcher_event(&Event::Apply(project));
    configured::follow(&story.ctx);
    while story.ctx.app_notices.configured.config().is_none() {
        sleep(Duration::from_millis(10)).await;
    }
    story.pass().await
}

fn clap_gitops() -> crate::options::Gitops {
    crate::options::Gitops { gitops: true, ..Options::default().gitops }
}

impl Story {
    /// One pass; what it wrote is stored, and the cache has it.
    async fn pass(mut self) -> Self {
        self.show();
        let next = application(&self.ctx, &Key::new("sluice", "shop")).await.unwrap();
        for said in std::mem::take(&mut *self.slack.lock().unwrap()) {
            self.told += &format!("{said}\n");
        }
        for (method, path, body) in self.log.all() {
            if let Some(note) = body["note"].as_str().filter(|_| path.contains("/events")) {
                self.told += &format!("!! {note}\n");
            } else if method == "PATCH" {
                json_patch::merge(&mut self.object, &body);
                self.told += "(noted)\n";
            }
        }
        if let Next::At(at) = next {
            self.told += &format!("(again {at})\n");
        }
        self.show();
        self
    }

    fn show(&mut self) {
        let object: Guarded<Application> = serde_json::from_value(self.object.clone()).unwrap();
        self.writers.applications.apply_watcher_event(&Event::Apply(object));
    }

    async fn then(mut self, what: &str, phase: &str, health: &str) -> Self {
        self.told += &format!("— {what}\n");
        self.object["status"] = json!({
            "sync": {"status": "Synced", "revision": "4f2a9c"},
            "health": {"status": health, "lastTransitionTime": "2025-12-31T23:59:00Z"},
            "operationState": {
                "phase": phase, "startedAt": "2025-12-31T23:59:30Z", "finishedAt": "2026-01-01T00:00:00Z",
                "operation": {"sync": {}}, "syncResult": {"revision": "4f2a9c"},
            },
        });
        self.pass().await
    }

    /// The annotations become these.
    async fn subscribed(mut self, annotations: Value) -> Self {
        self.told += &format!("— subscribed: {annotations}\n");
        json_patch::merge(&mut self.object, &json!({"metadata": {"annotations": annotations}}));
        self.pass().await
    }

    /// Another commit is synced.
    async fn synced(mut self, commit: &str, at: &str) -> Self {
        self.told += &format!("— {commit} is synced\n");
        let operation = json!({"startedAt": at, "finishedAt": at, "syncResult": {"revision": commit}});
        json_patch::merge(&mut self.object, &json!({"status": {"operationState": operation}}));
        self.pass().await
    }

    /// Another process takes over.
    fn taken_over(self) -> Self {
        self.ctx.app_notices.desks.forget(&Key::new("sluice", "shop"));
        Self { told: format!("{}— another process\n", self.told), ..self }
    }
}

fn check(story: &Story, expected: Expect) {
    expected.assert_eq(&story.told);
}

const SUBSCRIBED: &str = "notifications.argoproj.io/subscribe.on-sync-succeeded.slack";

#[tokio::test(start_paused = true)]
async fn people_are_told_of_a_sync_once_whichever_process_sees_it() {
    let story = given(json!({SUBSCRIBED: "releases"}), json!({})).await;
    let story = story.then("a sync is over", "Succeeded", "Progressing").await.pass().await;
    check(
        &story.taken_over().pass().await,
        expect![[r#"
        (noted)
        — a sync is over
        /api/chat.postMessage "releases": Application shop was synced. https://argocd.example.com/applications/shop [Application shop was synced]
        (noted)
        (again 2026-01-01T00:01:00Z)
        (again 2026-01-01T00:01:00Z)
        — another process
        (again 2026-01-01T00:01:00Z)
    "#]],
    );
}

#[tokio::test(start_paused = true)]
async fn a_process_whose_cache_is_behind_tells_nobody_before_it_has_caught_up() {
    let story = given(json!({SUBSCRIBED: "releases"}), json!({})).await.taken_over();
    *story.version.lock().unwrap() = "9";
    let mut story = story.then("a sync was over long ago", "Succeeded", "Progressing").await;
    story.object["metadata"]["resourceVersion"] = json!("9");
    story.told += "— the cache has caught up\n";
    check(
        &story.pass().await,
        expect![[r#"
        (noted)
        — another process
        — a sync was over long ago
        (again 2026-01-01T00:00:01.01Z)
        — the cache has caught up
        /api/chat.postMessage "releases": Application shop was synced. https://argocd.example.com/applications/shop [Application shop was synced]
        (noted)
        (again 2026-01-01T00:01:00Z)
    "#]],
    );
}

#[tokio::test(start_paused = true)]
async fn a_project_subscribes_for_its_applications() {
    let deployed = "notifications.argoproj.io/subscribe.on-deployed.slack";
    let story = given(json!({}), json!({deployed: "shop-team"})).await;
    let story = story.then("a sync is over", "Succeeded", "Healthy").await;
    sleep(Duration::from_mins(1)).await;
    check(
        &story.pass().await,
        expect![[r#"
        (noted)
        — a sync is over
        (noted)
        (again 2026-01-01T00:01:00Z)
        /api/chat.postMessage "shop-team": Application shop runs its new version. https://argocd.example.com/applications/shop [Application shop runs its new version]
        (noted)
    "#]],
    );
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_sent_is_said_on_the_application() {
    let wrong = "notifications.argoproj.io/subscribe.on-sync-succeeded.pager";
    let story = given(json!({wrong: "x"}), json!({})).await;
    sleep(Duration::from_secs(1)).await;
    check(
        &story.pass().await,
        expect![[r#"
        !! notifications.argoproj.io/subscribe.on-sync-succeeded.pager: the service pager is not there, or wrong; see service.pager of the ConfigMap
        (noted)
    "#]],
    );
}

#[tokio::test(start_paused = true)]
async fn a_service_that_keeps_its_workers_waiting_is_come_back_to_in_a_moment() {
    let story = given(json!({SUBSCRIBED: "releases"}), json!({})).await;
    let hanging: Vec<_> = std::iter::from_fn(|| story.ctx.app_notices.seats.at("slack")).collect();
    let story = story.then("a sync is over", "Succeeded", "Progressing").await;
    drop(hanging);
    check(
        &story.pass().await,
        expect![[r#"
        (noted)
        — a sync is over
        (noted)
        (again 2026-01-01T00:00:01.01Z)
        /api/chat.postMessage "releases": Application shop was synced. https://argocd.example.com/applications/shop [Application shop was synced]
        (noted)
        (again 2026-01-01T00:01:00Z)
    "#]],
    );
}

#[tokio::test(start_paused = true)]
async fn nobody_is_told_where_nobody_wants_to_hear() {
    let story = given(json!({}), json!({})).await;
    check(
        &story.then("a sync is over", "Succeeded", "Healthy").await,
        expect![[r#"
        — a sync is over
    "#]],
    );
}

#[tokio::test(start_paused = true)]
async fn whoever_left_and_comes_back_has_missed_what_happened_meanwhile() {
    let story = given(json!({SUBSCRIBED: "releases"}), json!({})).await;
    let story = story.then("a sync is over", "Succeeded", "Progressing").await;
    let story = story.subscribed(json!({SUBSCRIBED: null})).await;
    let story = story.synced("b7e1d0", "2026-01-01T00:10:00Z").await;
    let story = story.subscribed(json!({SUBSCRIBED: "releases"})).await;
    check(
        &story.synced("c0ffee", "2026-01-01T00:20:00Z").await,
        expect![[r#"
            (noted)
            — a sync is over
            /api/chat.postMessage "releases": Application shop was synced. https://argocd.example.com/applications/shop [Application shop was synced]
            (noted)
            (again 2026-01-01T00:01:00Z)
            — subscribed: {"notifications.argoproj.io/subscribe.on-sync-succeeded.slack":null}
            — b7e1d0 is synced
            — subscribed: {"notifications.argoproj.io/subscribe.on-sync-succeeded.slack":"releases"}
            (noted)
            (again 2026-01-01T00:11:00Z)
            — c0ffee is synced
            /api/chat.postMessage "releases": Application shop was synced. https://argocd.example.com/applications/shop [Application shop was synced]
            (noted)
            (again 2026-01-01T00:21:00Z)
        "#]],
    );
}

#[tokio::test(start_paused = true)]
async fn conditions_that_are_judged_are_counted_by_trigger() {
    let story = given(json!({SUBSCRIBED: "releases"}), json!({})).await;
    let story = story.then("a sync is over", "Succeeded", "Progressing").await.pass().await;
    let page = story.ctx.metrics.page();
    let mut series: Vec<&str> = page.lines().filter(|line| line.starts_with("argocd_notifications_")).collect();
    series.sort_unstable();
    expect![[r#"
        argocd_notifications_deliveries_total{trigger="on-sync-succeeded",service="slack",succeeded="true"} 1
        argocd_notifications_trigger_eval_total{name="on-sync-succeeded",triggered="false"} 1
        argocd_notifications_trigger_eval_total{name="on-sync-succeeded",triggered="true"} 2"#]]
    .assert_eq(&series.join("\n"));
}
