//! Whom the rollback policy's `notification_channels` tell of a Rollout, by passes over what a cluster shows.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::format_push_string, clippy::needless_pass_by_value)]

use std::sync::Mutex;
use std::time::Duration;

use ::http::{Request, Response, StatusCode};
use bytes::Bytes;
use expect_test::{Expect, expect};
use kube_runtime::watcher::Event;
use serde_json::{Value, json};
use sluice_analysis::provider::Http;
use sluice_crds::Rollout;
use sluice_notify::send::Clients;
use tokio::time::sleep;

use super::*;
use crate::caches::{Caches, Guarded, PolicyMap, Writers};
use crate::options::Options;
use crate::testing::{Asked, Log, surroundings};

const CHANNELS: &str = "[{webhook: ops}, {pager: ops}]";

/// A Rollout whose release a policy watches, in a cluster that keeps what is written.
struct Story {
    ctx: Arc<Context>,
    writers: Writers,
    log: Log,
    posted: Arc<Mutex<Vec<String>>>,
    object: Value,
    told: String,
}

/// The established ConfigMap, with a webhook.
fn configured((method, path, body): &Asked) -> (StatusCode, Value) {
    let item = json!({"metadata": {"name": "argo-rollouts-notification-configmap", "namespace": "sluice", "resourceVersion": "1"},
                      "data": {"service.webhook": "url: http://hook.test/"}});
    let list = json!({"kind": "List", "apiVersion": "v1", "metadata": {"resourceVersion": "1"}, "items": [item]});
    if method == "GET" && path.contains("/configmaps") && path.contains("argo-rollouts-notification-configmap") {
        return (StatusCode::OK, list);
    }
    unconfigured(&(method.clone(), path.clone(), body.clone()))
}

fn unconfigured((method, path, _): &Asked) -> (StatusCode, Value) {
    let metadata = json!({"name": "web", "namespace": "shop", "uid": "u", "resourceVersion": "2"});
    match method.as_str() {
        "PATCH" => {
            (StatusCode::OK, json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": metadata}))
        }
        _ => crate::testing::empty(&(method.clone(), path.clone(), Value::Null)),
    }
}

fn hook(posted: Arc<Mutex<Vec<String>>>) -> Http {
    Http::new(tower::service_fn(move |request: Request<Bytes>| {
        posted.lock().unwrap().push(String::from_utf8_lossy(request.body()).into_owned());
        std::future::ready(Ok::<_, tower::BoxError>(reqwest::Response::from(Response::new("ok"))))
    }))
}

async fn given(answer: fn(&Asked) -> (StatusCode, Value), channels: &str) -> Story {
    let (caches, mut writers) = Caches::new(&Options::default());
    let (mut around, log) = surroundings(answer);
    let posted = Arc::default();
    around.notify = Clients::over(hook(Arc::clone(&posted)));
    let ctx = Arc::new(Context::new(around, caches, Options::default()));
    let policy = format!(
        "triggers: [{{type: health_check_failure, threshold: 3, duration: 5m}}]\nrollback_targets: {{shop: {{notification_channels: {channels}}}}}"
    );
    let policy = json!({"metadata": {"name": "rollback-config", "namespace": "shop", "uid": "p", "resourceVersion": "1"},
                        "data": {"rollback-policy.yaml": policy}});
    let policy: PolicyMap = serde_json::from_value(policy).unwrap();
    writers.policies.apply_watcher_event(&Event::Apply(policy));
    let object = json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
        "metadata": {"name": "web", "namespace": "shop", "uid": "u", "resourceVersion": "1", "creationTimestamp": "2025-12-31T23:00:00Z"},
        "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "web"}}, "strategy": {"canary": {}},
                 "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": []}}},
        "status": {"currentPodHash": "v2", "stableRS": "v1", "phase": "Progressing", "duration": {"rolloutStartedAt": "2026-01-01T00:00:00Z"}},
    });
    let story = Story { ctx, writers, log, posted, object, told: String::new() };
    configured::follow(&story.ctx);
    sleep(Duration::from_secs(1)).await;
    story.pass().await
}

impl Story {
    async fn pass(mut self) -> Self {
        let object: Guarded<Rollout> = serde_json::from_value(self.object.clone()).unwrap();
        self.writers.rollouts.apply_watcher_event(&Event::Apply(object));
        reconcile(&self.ctx, &Key::new("shop", "web")).await.unwrap();
        sleep(Duration::from_secs(1)).await;
        for said in std::mem::take(&mut *self.posted.lock().unwrap()) {
            self.told += &format!("{said}\n");
        }
        for (method, path, body) in self.log.all() {
            if let Some(note) = body["note"].as_str().filter(|_| path.contains("/events")) {
                self.told += &format!("!! {note}\n");
            } else if method == "PATCH" && path.contains("/rollouts/") {
                json_patch::merge(&mut self.object, &body);
            }
        }
        self
    }

    async fn says(mut self, reason: &str, message: &str) -> Self {
        self.told += &format!("— {reason}\n");
        self.object["status"]["conditions"] =
            json!([{"type": "RollbackPolicy", "status": "False", "reason": reason, "message": message}]);
        self.pass().await
    }
}

fn check(story: &Story, expected: Expect) {
    expected.assert_eq(&story.told);
}

#[tokio::test(start_paused = true)]
async fn channels_hear_of_all_that_the_policy_has_to_say_once_and_of_those_that_are_not_there_somebody_is_told() {
    let story = given(configured, CHANNELS).await;
    let story = story.says("NotifyOnly", "analysis web-v2-2-policy: errors: 0.08").await;
    let story = story.says("Watching", "the version is watched").await;
    let story = story.says("NotifyOnly", "analysis web-v2-2-policy: errors: 0.09").await;
    check(
        &story.says("NotByThisVersion", "errors: both").await,
        expect![[r#"
        !! notification_channels of the rollback policy (ConfigMap argo-rollouts-notification-configmap in namespace sluice): the service pager is not there, or wrong; see service.pager of the ConfigMap
        — NotifyOnly
        shop/web goes bad, and is not taken back: you are to be told only. analysis web-v2-2-policy: errors: 0.08
        — Watching
        — NotifyOnly
        — NotByThisVersion
        shop/web goes bad, and so does the version before it: a rollback would not help. errors: both
    "#]],
    );
}

#[tokio::test(start_paused = true)]
async fn without_any_notifications_it_is_said_that_nobody_hears() {
    let story = given(unconfigured, CHANNELS).await;
    check(
        &story.says("NotifyOnly", "errors").await,
        expect![[r#"
        !! notification_channels of the rollback policy (ConfigMap argo-rollouts-notification-configmap in namespace sluice): the service webhook is not there, or wrong; see service.webhook of the ConfigMap; notification_channels of the rollback policy (ConfigMap argo-rollouts-notification-configmap in namespace sluice): the service pager is not there, or wrong; see service.pager of the ConfigMap
        — NotifyOnly
    "#]],
    );
}

/// An installation without the right to read what notifications are configured by.
fn refused(asked: &Asked) -> (StatusCode, Value) {
    let is_theirs = ["/configmaps", "/secrets"].iter().any(|kind| asked.1.contains(kind));
    if asked.0 == "GET" && is_theirs {
        let status =
            json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Forbidden", "code": 403});
        return (StatusCode::FORBIDDEN, status);
    }
    unconfigured(asked)
}

#[tokio::test(start_paused = true)]
async fn without_the_right_to_read_what_is_configured_it_is_said_that_nobody_hears() {
    let story = given(refused, "[{webhook: ops}]").await;
    check(
        &story.says("NotifyOnly", "errors").await,
        expect![[r#"
        !! notification_channels of the rollback policy (ConfigMap argo-rollouts-notification-configmap in namespace sluice): the service webhook is not there, or wrong; see service.webhook of the ConfigMap
        — NotifyOnly
    "#]],
    );
}

#[tokio::test(start_paused = true)]
async fn where_nobody_is_to_hear_nothing_is_said() {
    let story = given(unconfigured, "[]").await;
    check(
        &story.says("NotifyOnly", "errors").await,
        expect![[r#"
        — NotifyOnly
    "#]],
    );
}
