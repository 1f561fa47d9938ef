//! What is in force while people edit a policy, and what becomes of the note.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::sync::Arc;

use expect_test::expect;
use http::StatusCode;
use kube_runtime::watcher::Event;
use serde_json::{Value, json};

use sluice_crds::Rollout;

use super::*;
use crate::caches::{Caches, Writers};
use crate::observe::policy::channels;
use crate::options::Options;
use crate::testing::{Asked, Log, context, surroundings};

/// A ConfigMap in a cluster that keeps what is written, and a process that watches it.
struct Story {
    ctx: Arc<Context>,
    writers: Writers,
    log: Log,
    map: Value,
}

fn answer((method, ..): &Asked) -> (StatusCode, Value) {
    let map = json!({"apiVersion": "v1", "kind": "ConfigMap",
                     "metadata": {"name": "rollback-config", "namespace": "shop", "uid": "u", "resourceVersion": "2"}});
    if method == "PATCH" {
        (StatusCode::OK, map)
    } else {
        (StatusCode::CREATED, json!({"kind": "Event", "metadata": {}}))
    }
}

fn policy(bake: &str) -> String {
    format!("bake_time: {bake}\ntriggers: [{{type: health_check_failure, threshold: 3, duration: 5m}}]\n")
}

/// A policy of that text.
async fn given(text: &str) -> Story {
    let (ctx, writers, log) = context(answer);
    let map = json!({
        "metadata": {"name": "rollback-config", "namespace": "shop", "uid": "u", "resourceVersion": "1"},
        "data": {"rollback-policy.yaml": text},
    });
    Story { ctx, writers, log, map }.seen().await
}

impl Story {
    fn key() -> Key {
        Key::new("shop", "rollback-config")
    }

    /// The watch shows the ConfigMap, and no pass looks at it.
    fn shown(mut self) -> Self {
        let map: PolicyMap = serde_json::from_value(self.map.clone()).unwrap();
        self.ctx.policies_good.remember(&map);
        self.writers.policies.apply_watcher_event(&Event::Apply(map));
        self
    }

    /// The watch shows the ConfigMap, and a pass looks at it; what that writes is stored.
    async fn seen(self) -> Self {
        let mut story = self.shown();
        reconcile(&story.ctx, &Self::key()).await.unwrap();
        for (method, _, body) in story.log.take() {
            assert_eq!(method, "PATCH");
            json_patch::merge(&mut story.map["metadata"]["annotations"], &body["metadata"]["annotations"]);
        }
        story
    }

    async fn edited(mut self, text: &str) -> Self {
        self.map["data"]["rollback-policy.yaml"] = json!(text);
        self.seen().await
    }

    /// Somebody replaces it, and with it its annotations.
    async fn replaced(mut self, text: &str) -> Self {
        self.map["metadata"]["annotations"] = Value::Null;
        self.edited(text).await
    }

    /// Another process begins, which has seen nothing.
    async fn restarted(self) -> Self {
        let (ctx, writers, log) = context(answer);
        Self { ctx, writers, log, map: self.map }.seen().await
    }

    /// How long versions bake by what is in force.
    fn bake(&self) -> Option<i64> {
        let map = self.ctx.caches.policy(&Self::key()).unwrap();
        self.ctx.policies_good.in_force(&map).map(|form| form.policy.settings.bake.as_secs())
    }

    fn noted(&self) -> Option<&str> {
        self.map["metadata"]["annotations"]["sluice/last-good"].as_str()
    }
}

#[tokio::test]
async fn the_last_good_form_stays_in_force_whatever_becomes_of_annotations() {
    let (first, second) = (policy("60s"), policy("90s"));
    let story = given(&first).await;
    assert_eq!((story.bake(), story.noted()), (Some(60), Some(&*first)));
    let story = story.edited("triggers: lots").await;
    assert_eq!((story.bake(), story.noted()), (Some(60), Some(&*first)));
    let story = story.replaced("triggers: more").await;
    assert_eq!((story.bake(), story.noted()), (Some(60), Some(&*first)));
    let story = story.edited(&second).await;
    assert_eq!((story.bake(), story.noted()), (Some(90), Some(&*second)));
}

#[tokio::test]
async fn a_process_that_begins_goes_by_the_note_and_then_needs_it_no_more() {
    let good = policy("60s");
    let story = given(&good).await.edited("triggers: lots").await.restarted().await;
    assert_eq!(story.bake(), Some(60));
    let story = story.replaced("triggers: more").await;
    assert_eq!((story.bake(), story.noted()), (Some(60), Some(&*good)));
}

/// Whoever takes over goes by what the one before it went by, though it had seen something of its own before.
#[tokio::test]
async fn a_standby_that_did_not_see_every_form_goes_by_the_note_that_moved() {
    let (first, second) = (policy("60s"), policy("90s"));
    let leader = given(&first).await;
    let mut standby = given(&first).await;
    let leader = leader.edited(&second).await.edited("triggers: lots").await;
    standby.map = leader.map.clone();
    let standby = standby.seen().await;
    assert_eq!((standby.bake(), standby.noted()), (Some(90), Some(&*second)));
}

/// The form in mind is newer than the note: whoever was to note it died.
#[tokio::test]
async fn a_note_that_is_as_it_was_is_no_news() {
    let mut story = given(&policy("60s")).await;
    story.map["data"]["rollback-policy.yaml"] = json!(policy("90s"));
    let story = story.shown().edited("triggers: lots").await;
    assert_eq!(story.bake(), Some(90));
}

#[tokio::test]
async fn a_config_map_that_was_made_anew_has_nothing_of_the_one_before() {
    let mut story = given(&policy("60s")).await;
    story.map["metadata"]["uid"] = json!("another");
    assert_eq!(story.replaced("triggers: lots").await.bake(), None);
}

#[tokio::test]
async fn what_was_never_good_is_not_in_force() {
    let story = given("triggers: lots").await;
    assert_eq!((story.bake(), story.noted()), (None, None));
}

/// How many channels hear of a Rollout in the namespace shop, by a policy of another namespace; what is said of that policy.
async fn from_afar(namespaces: &[&str]) -> (usize, Vec<String>) {
    let rollback_policy_namespaces = namespaces.iter().map(|one| (*one).to_owned()).collect();
    let options = Options { rollback_policy_namespaces, ..Options::default() };
    let (caches, mut writers) = Caches::new(&options);
    let (around, log) = surroundings(answer);
    let ctx = Context::new(around, caches, options);
    let text = "rollback_targets: {shop: {notification_channels: [{slack: alerts}]}}\n".to_owned() + &policy("60s");
    let map = json!({"metadata": {"name": "rollback-config", "namespace": "ops", "uid": "u", "resourceVersion": "1"},
                     "data": {"rollback-policy.yaml": text}});
    let map: PolicyMap = serde_json::from_value(map).unwrap();
    ctx.policies_good.remember(&map);
    writers.policies.apply_watcher_event(&Event::Apply(map));
    reconcile(&ctx, &Key::new("ops", "rollback-config")).await.unwrap();
    let rollout: Rollout = serde_json::from_value(json!({
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"selector": {"matchLabels": {"app": "web"}}, "strategy": {"canary": {}},
                 "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": []}}},
    }))
    .unwrap();
    let channels = channels(&ctx, &Key::new("shop", "web"), &rollout);
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    let notes = log.all().into_iter().filter_map(|(_, _, body)| body["note"].as_str().map(str::to_owned));
    (channels.len(), notes.collect())
}

#[tokio::test(start_paused = true)]
async fn where_namespaces_are_named_a_policy_of_another_one_rules_its_own_alone() {
    assert_eq!(from_afar(&[]).await, (1, vec![]));
    assert_eq!(from_afar(&["ops"]).await, (1, vec![]));
    let (channels, said) = from_afar(&["security"]).await;
    assert_eq!(channels, 0);
    expect!["rollback_targets: shop count for Rollouts of the namespace ops alone: name it in --rollback-policy-namespaces, or move the policy"]
        .assert_eq(&said.join("\n"));
}
