//! The rollback policy takes back what an Application brought, after its promotion.

use std::sync::Arc;

use expect_test::expect;
use serde_json::{Value, json};
use sluice_world::actors::prometheus::{Answer, always};
use sluice_world::api::{Sub, catalog};
use sluice_world::scenario::{POLICY, WATCHED};

use crate::releases::{is_rejected, rollout};
use crate::story::{Story, given, map, object};

/// The policy that watches each version, and for ten minutes after its promotion.
fn policy() -> Value {
    let text = format!(
        "interval: 5s\nbake_time: 10m\nprometheus: {{address: http://prometheus.test:9090}}\ntriggers: [{{type: error_rate_spike, \
         threshold: 5%, duration: 10s, query: {{new: {WATCHED}, baseline: before}}}}]\n"
    );
    let data = json!({"metadata": {"namespace": "shop"}, "data": {"rollback-policy.yaml": text}});
    object(&format!("ConfigMap {POLICY}"), data)
}

/// What share of requests to the new version fails from now on.
fn fails(story: &Story, share: f64) {
    let both = Answer::Arms(vec![("canary value", share), ("stable value", 0.01)]);
    story.cluster.actors.prometheus().set(WATCHED, always(both));
}

/// What users have: the image of each pod that is ready.
fn served(story: &Story) -> Vec<String> {
    let pods = story.cluster.store.list(&catalog::POD, "shop");
    let ready = |pod: &&Arc<Value>| {
        let conditions = pod["status"]["conditions"].as_array();
        let is_ready = |one: &Value| one["type"] == "Ready" && one["status"] == "True";
        pod["metadata"]["deletionTimestamp"].is_null() && conditions.is_some_and(|all| all.iter().any(is_ready))
    };
    let image = |pod: &Arc<Value>| pod["spec"]["containers"][0]["image"].as_str().unwrap().to_owned();
    let mut images: Vec<String> = pods.iter().filter(ready).map(image).collect();
    images.sort();
    images
}

/// Version 2 comes with commit r2, is promoted, and fails its users from now on, in its bake time.
async fn went_bad() -> Story {
    let automated = json!({"syncPolicy": {"automated": {"prune": true, "selfHeal": true}}});
    let mut story = given(automated, vec![rollout("shop:1")]).await;
    story.make(policy());
    fails(&story, 0.01);
    story.wait(120).await;
    story.push("r2", Some(vec![rollout("shop:2"), map("a", "x")]));
    story.wait(200).await;
    let promote = json!({"status": {"pauseConditions": null}});
    story.cluster.store.merge(&catalog::ROLLOUT, "shop", "shop", Sub::Status, &promote, "ann").unwrap();
    story.wait(60).await;
    assert_eq!(served(&story), ["shop:2", "shop:2"]);
    fails(&story, 0.2);
    story
}

/// An established way to ask an Application to look again.
fn refresh(story: &Story, how: &str) {
    let asked = json!({"metadata": {"annotations": {"argocd.argoproj.io/refresh": how}}});
    story.merge(&catalog::APPLICATION, "web", asked);
}

#[tokio::test(start_paused = true)]
async fn a_commit_that_the_policy_took_back_after_its_promotion_stays_back() {
    let mut story = went_bad().await;
    story.forget();
    story.wait(60).await;
    fails(&story, 0.01);
    assert_eq!(served(&story), ["shop:1", "shop:1"]);
    story.ending();
    story.say("an hour passes, in which it is looked at again and again");
    story.wait(3000).await;
    refresh(&story, "normal");
    story.wait(600).await;
    story.say("another process begins");
    story.kill();
    story.start();
    refresh(&story, "hard");
    story.wait(1200).await;
    story.say("somebody puts the template of before into the cluster");
    story.merge(&catalog::ROLLOUT, "shop", rollout("shop:1"));
    story.wait(1200).await;
    assert_eq!(served(&story), ["shop:1", "shop:1"]);
    story.ending();
    story.so_far(expect![[r#"
          update AnalysisRun shop-865857bc84-2-bake
          update ReplicaSet shop-6ff45c649c
          update ReplicaSet shop-865857bc84
          update Rollout shop
          update Application web: Synced Degraded, operation Succeeded
          update AnalysisRun shop-865857bc84-2-bake
          update ReplicaSet shop-865857bc84
          update ReplicaSet shop-865857bc84
          update ReplicaSet shop-6ff45c649c
          update Rollout shop
          update ReplicaSet shop-865857bc84
          update Rollout shop
          delete Pod shop-865857bc84-22227
          delete Pod shop-865857bc84-22226
        = Synced Degraded at r2, last Succeeded
          ! SyncError: commit r2 is not deployed again: Rollout shop/shop took it back: RolloutAborted: rollback policy shop-865857bc84-2-bake Failed: metric "error_rate_spike" assessed Failed: 1 measurement failed (limit 0): 0.2000, from 0.0500 on it is too much; the stable version has 0.0100. Mend it by a new commit, or try it once more: kubectl sluice retry rollout shop -n shop
        — an hour passes, in which it is looked at again and again
          update Application web: Synced Degraded, operation Succeeded
        — another process begins
          update Application web: Synced Degraded, operation Succeeded
        — somebody puts the template of before into the cluster
          update ReplicaSet shop-6ff45c649c
          update Application web: OutOfSync Progressing, operation Succeeded
          update Rollout shop
          update Rollout shop
          update Application web: OutOfSync Healthy, operation Succeeded
          update ReplicaSet shop-865857bc84
          update Rollout shop
        = OutOfSync Healthy at r2, last Succeeded
          ! SyncError: commit r2 is not deployed again: Rollout shop/shop took it back: RolloutAborted: rollback policy shop-865857bc84-2-bake Failed: metric "error_rate_spike" assessed Failed: 1 measurement failed (limit 0): 0.2000, from 0.0500 on it is too much; the stable version has 0.0100. Mend it by a new commit, or deploy it all the same: kubectl sluice app sync shop/web
    "#]]);
    story.push("r3", Some(vec![rollout("shop:3"), map("a", "x")]));
    story.wait(300).await;
    assert_eq!(served(&story), ["shop:1", "shop:3"]);
    assert!(is_rejected(&story).is_empty());
}

/// The newest commit is another one than that which brought the version.
#[tokio::test(start_paused = true)]
async fn a_way_back_by_hand_stays_though_git_has_a_commit_since_that_left_the_version_as_it_was() {
    let mut story = went_bad().await;
    fails(&story, 0.01);
    story.push("r2b", Some(vec![rollout("shop:2"), map("a", "y")]));
    story.wait(200).await;
    fails(&story, 0.2);
    story.wait(60).await;
    fails(&story, 0.01);
    assert_eq!(served(&story), ["shop:1", "shop:1"]);
    story.merge(&catalog::ROLLOUT, "shop", rollout("shop:1"));
    story.wait(1200).await;
    refresh(&story, "hard");
    story.wait(1200).await;
    assert_eq!(served(&story), ["shop:1", "shop:1"]);
    assert_eq!(is_rejected(&story).len(), 1);
}

/// Whichever process sees the version go bad, and whichever looks at the Application then.
#[tokio::test(start_paused = true)]
async fn a_process_that_dies_while_the_policy_takes_a_commit_back_brings_it_back_no_more() {
    for seconds in 0..10 {
        let mut story = went_bad().await;
        story.wait(seconds).await;
        story.kill();
        story.start();
        story.wait(120).await;
        fails(&story, 0.01);
        story.wait(600).await;
        assert_eq!(served(&story), ["shop:1", "shop:1"], "died after {seconds} s");
        assert_eq!(is_rejected(&story).len(), 1, "died after {seconds} s");
    }
}
