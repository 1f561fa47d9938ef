#![allow(clippy::unwrap_used)]
use std::time::Duration;

use k8s_openapi::api::apps::v1::ReplicaSet;
use serde_json::{Value, json};
use sluice_crds::Rollout;
use tokio::time::timeout;

use super::*;
use crate::caches::Guarded;
use crate::testing::{context, nothing};

/// Two kinds being watched, and the queue that hears of them.
struct Story {
    ctx: Arc<Context>,
    rollouts: Fill<Guarded<Rollout>>,
    sets: Fill<ReplicaSet>,
}

impl Story {
    fn new() -> Self {
        let (ctx, writers, _) = context(nothing);
        let rollouts = Fill { writer: writers.rollouts, follow: Box::new(follow::rollout), newest: None };
        let sets = Fill { writer: writers.replica_sets, follow: Box::new(follow::replica_set), newest: None };
        Self { ctx, rollouts, sets }
    }

    fn rollout(&mut self, event: &Event<Guarded<Rollout>>) {
        self.rollouts.event(&self.ctx, Kind::Rollout, event);
    }

    fn set(&mut self, event: &Event<ReplicaSet>) {
        self.sets.event(&self.ctx, Kind::ReplicaSet, event);
    }

    /// The Rollouts that are due, by name.
    async fn due(&self) -> Vec<String> {
        let mut names = Vec::new();
        while let Ok(key) = timeout(Duration::ZERO, self.ctx.queues.rollouts.next()).await {
            self.ctx.queues.rollouts.done(&key);
            names.push(key.name);
        }
        names.sort();
        names
    }
}

fn rollout(name: &str, spec: &Value) -> Guarded<Rollout> {
    serde_json::from_value(
        json!({"metadata": {"name": name, "namespace": "ns", "uid": name, "resourceVersion": "1"}, "spec": spec}),
    )
    .unwrap()
}

/// A ReplicaSet of the Rollout `shop`, at that version.
fn set(name: &str, version: &str) -> ReplicaSet {
    let owner = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": "shop", "uid": "shop", "controller": true});
    let metadata =
        json!({"name": name, "namespace": "ns", "uid": name, "resourceVersion": version, "ownerReferences": [owner]});
    serde_json::from_value(json!({"metadata": metadata})).unwrap()
}

fn shop() -> ObjectId {
    ObjectId { kind: Kind::Rollout, key: Key::new("ns", "shop") }
}

#[tokio::test(start_paused = true)]
async fn a_change_of_a_replica_set_wakes_its_rollout() {
    let mut story = Story::new();
    story.set(&Event::Apply(set("shop-1", "5")));
    assert_eq!(story.due().await, ["shop"]);
    assert_eq!(story.ctx.caches.replica_sets_of("shop").len(), 1);
    story.set(&Event::Delete(set("shop-1", "6")));
    assert_eq!(story.due().await, ["shop"]);
    assert!(story.ctx.caches.replica_sets_of("shop").is_empty());
}

/// Whether the caches count as filled where a kind may not be read.
fn settles_without(kind: Kind) -> bool {
    let (ctx, writers, _) = context(nothing);
    let fill = Fill { writer: writers.policies, follow: Box::new(follow::policy), newest: None };
    let api = Objects::all(ctx.client.clone());
    let watch = Watch { ctx: ctx.clone(), kind, api, config: Config::default(), trim: trim::bookkeeping, fill };
    let refused = kube::core::Status { code: 403, ..Default::default() };
    watch.settle_for_nothing(&Error::InitialListFailed(kube::Error::Api(Box::new(refused))));
    ctx.caches.settled().borrow().contains(&kind)
}

/// Without the right to read them no release would be watched, and nobody told.
#[tokio::test]
async fn policies_that_may_not_be_read_are_waited_for() {
    assert!(settles_without(Kind::Experiment));
    assert!(!settles_without(Kind::Policy));
}

#[tokio::test(start_paused = true)]
async fn a_half_typed_object_is_kept_with_its_error_and_stops_no_other() {
    let mut story = Story::new();
    story.rollout(&Event::Init);
    story.rollout(&Event::InitApply(rollout("bad", &json!({"replicas": "three"}))));
    story.rollout(&Event::InitApply(rollout("good", &json!({"replicas": 3}))));
    story.rollout(&Event::InitDone);
    assert_eq!(story.due().await, ["bad", "good"]);
    let bad = story.ctx.caches.rollout(&Key::new("ns", "bad")).unwrap();
    assert!(bad.0.is_err());
    assert!(story.ctx.caches.rollout(&Key::new("ns", "good")).unwrap().0.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_deletion_that_no_event_told_is_found_by_the_next_list() {
    let mut story = Story::new();
    story.set(&Event::Apply(set("shop-1", "5")));
    story.due().await;
    story.set(&Event::Init);
    assert_eq!(story.ctx.caches.replica_sets_of("shop").len(), 1, "until the list is whole the old one counts");
    story.set(&Event::InitDone);
    assert_eq!(story.due().await, ["shop"]);
    assert!(story.ctx.caches.replica_sets_of("shop").is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_write_is_seen_by_its_event_or_by_a_newer_list() {
    for listed in [false, true] {
        let mut story = Story::new();
        story.ctx.wrote(&shop(), Kind::ReplicaSet, &set("shop-1", "7"));
        story.set(&Event::Apply(set("shop-1", "6")));
        assert!(story.ctx.expectations().is_waiting(&shop()));
        if listed {
            story.set(&Event::Init);
            story.set(&Event::InitApply(set("shop-1", "7")));
            assert!(story.ctx.expectations().is_waiting(&shop()), "a list counts when it is whole");
            story.set(&Event::InitDone);
        } else {
            story.set(&Event::Apply(set("shop-1", "7")));
        }
        assert!(!story.ctx.expectations().is_waiting(&shop()), "listed: {listed}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_deletion_of_ours_is_awaited_only_while_the_cache_has_the_object() {
    let mut story = Story::new();
    let object = ObjectId { kind: Kind::ReplicaSet, key: Key::new("ns", "shop-1") };
    story.ctx.deleted(&shop(), object.clone(), "shop-1");
    assert!(!story.ctx.expectations().is_waiting(&shop()), "the watch was faster");
    story.set(&Event::Apply(set("shop-1", "5")));
    story.ctx.deleted(&shop(), object, "shop-1");
    assert!(story.ctx.expectations().is_waiting(&shop()));
    story.set(&Event::Delete(set("shop-1", "6")));
    assert!(!story.ctx.expectations().is_waiting(&shop()));
}
