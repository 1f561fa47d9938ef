//! Applications whose Rollouts release what they bring.

use std::time::Duration;

use expect_test::expect;
use serde_json::{Value, json};
use sluice_world::api::{Sub, catalog};

use crate::story::{Story, given, map, object};

pub(crate) fn rollout(image: &str) -> Value {
    object(
        "Rollout shop",
        json!({"spec": {
            "replicas": 2,
            "selector": {"matchLabels": {"app": "shop"}},
            "strategy": {"canary": {"steps": [{"setWeight": 50}, {"pause": {}}]}},
            "template": {
                "metadata": {"labels": {"app": "shop"}},
                "spec": {"containers": [{"name": "app", "image": image}]},
            },
        }}),
    )
}

pub(crate) fn is_rejected(story: &Story) -> Vec<String> {
    let application = story.application();
    let rejected = application["status"]["rejected"].as_array().cloned().unwrap_or_default();
    rejected.iter().map(|one| format!("{} by {}: {}", one["revision"], one["by"], one["message"])).collect()
}

/// <https://github.com/argoproj/argo-cd/issues/9570>: a rollback fights with automated sync.
#[tokio::test(start_paused = true)]
async fn a_commit_whose_release_was_taken_back_stays_back_and_a_new_one_goes_on() {
    let automated = json!({"syncPolicy": {"automated": {"prune": true, "selfHeal": true}}});
    let mut story = given(automated, vec![rollout("shop:1")]).await;
    story.wait(120).await;
    story.push("r2", Some(vec![rollout("shop:2"), map("a", "x")]));
    story.wait(300).await;
    assert_eq!(story.application()["status"]["health"]["status"], "Suspended");
    story
        .cluster
        .store
        .merge(&catalog::ROLLOUT, "shop", "shop", Sub::Status, &json!({"status": {"abort": true}}), "ann")
        .unwrap();
    story.wait(60).await;
    expect![[r#""r2" by "shop/shop": "RolloutAborted: aborted by hand""#]].assert_eq(&is_rejected(&story).join("\n"));
    // The established rollback: the template of before is put back.
    story.merge(&catalog::ROLLOUT, "shop", rollout("shop:1"));
    story.writes();
    story.wait(3600).await;
    let live = story.get(&catalog::ROLLOUT, "shop").unwrap();
    assert_eq!(live["spec"]["template"]["spec"]["containers"][0]["image"], "shop:1");
    let told = story.application()["status"]["conditions"].to_string();
    expect![[r#"[{"lastTransitionTime":"2026-01-01T00:08:00Z","message":"commit r2 is not deployed again: Rollout shop/shop took it back: RolloutAborted: aborted by hand. Mend it by a new commit, or deploy it all the same: kubectl sluice app sync shop/web","type":"SyncError"}]"#]].assert_eq(&told);
    story.push("r3", Some(vec![rollout("shop:3"), map("a", "x")]));
    story.wait(300).await;
    assert!(is_rejected(&story).is_empty());
    let live = story.get(&catalog::ROLLOUT, "shop").unwrap();
    assert_eq!(live["spec"]["template"]["spec"]["containers"][0]["image"], "shop:3");
}

/// Else a revert would be the next commit to be taken back, and so on for ever.
#[tokio::test(start_paused = true)]
async fn a_commit_that_came_since_is_not_charged_with_a_release_that_is_taken_back() {
    let automated = json!({"syncPolicy": {"automated": {"prune": true, "selfHeal": true}}});
    let mut story = given(automated, vec![rollout("shop:1")]).await;
    story.wait(120).await;
    story.push("r2", Some(vec![rollout("shop:2")]));
    story.wait(300).await;
    story.push("r3", Some(vec![rollout("shop:2"), map("a", "x")]));
    story.wait(300).await;
    story
        .cluster
        .store
        .merge(&catalog::ROLLOUT, "shop", "shop", Sub::Status, &json!({"status": {"abort": true}}), "ann")
        .unwrap();
    story.wait(60).await;
    expect![[r#""r2" by "shop/shop": "RolloutAborted: aborted by hand""#]].assert_eq(&is_rejected(&story).join("\n"));
    // What came since is deployed all the same, and so is what comes next.
    story.push("r4", Some(vec![rollout("shop:2"), map("a", "y")]));
    story.wait(300).await;
    assert_eq!(story.get(&catalog::CONFIG_MAP, "a").unwrap()["data"]["says"], "y");
    assert_eq!(is_rejected(&story).len(), 1);
    story.push("r5", Some(vec![rollout("shop:3"), map("a", "y")]));
    story.wait(300).await;
    assert!(is_rejected(&story).is_empty());
}

fn proposals(story: &Story) -> String {
    story.application()["status"]["rejected"][0]["reverted"].to_string()
}

/// A commit that was taken back in the cluster is being taken back in git, which takes five minutes.
async fn taken_back_in_git() -> Story {
    let automated = json!({"syncPolicy": {"automated": {}}});
    let mut story = given(automated, vec![rollout("shop:1")]).await;
    story.merge(&catalog::APPLICATION, "web", json!({"metadata": {"annotations": {"sluice.dev/revert": "push"}}}));
    story.slow(Duration::from_mins(5));
    story.wait(120).await;
    story.push("r2", Some(vec![rollout("shop:2")]));
    story.wait(300).await;
    let abort = json!({"status": {"abort": true}});
    story.cluster.store.merge(&catalog::ROLLOUT, "shop", "shop", Sub::Status, &abort, "ann").unwrap();
    story.wait(30).await;
    assert_eq!((is_rejected(&story).len(), proposals(&story)), (1, "null".to_owned()));
    story
}

#[tokio::test(start_paused = true)]
async fn nothing_waits_while_a_commit_is_taken_back_in_git() {
    let mut story = taken_back_in_git().await;
    story.wait(330).await;
    assert_eq!((proposals(&story).as_str(), story.reverted()), ("\"pushed\"", vec!["r2".to_owned()]));
    let mut story = taken_back_in_git().await;
    story.push("r3", Some(vec![rollout("shop:1"), map("a", "x")]));
    story.merge(
        &catalog::APPLICATION,
        "web",
        json!({"metadata": {"annotations": {"argocd.argoproj.io/refresh": "normal"}}}),
    );
    story.wait(10).await;
    assert!(story.reverted().is_empty(), "git has not answered yet");
    assert!(story.get(&catalog::CONFIG_MAP, "a").is_some(), "the next commit is deployed meanwhile");
}

#[tokio::test(start_paused = true)]
async fn a_process_that_dies_while_a_commit_is_taken_back_begins_it_again() {
    let mut story = taken_back_in_git().await;
    story.kill();
    story.start();
    story.wait(600).await;
    assert_eq!((proposals(&story).as_str(), story.reverted()), ("\"pushed\"", vec!["r2".to_owned()]));
    story.kill();
    story.start();
    story.wait(600).await;
    assert_eq!(story.reverted(), ["r2"], "what is noted is not done again");
}
