//! Syncs from git to the cluster.

use expect_test::expect;
use serde_json::{Value, json};
use sluice_world::api::{Sub, catalog};

use crate::story::{given, map, object};

fn automated() -> Value {
    json!({"syncPolicy": {"automated": {"prune": true, "selfHeal": true}}})
}

#[tokio::test(start_paused = true)]
async fn what_git_describes_is_written_once_somebody_asks() {
    let mut story = given(json!({}), vec![map("a", "x"), map("b", "y")]).await;
    story.wait(5).await;
    story.ending();
    story.say("sync");
    story.merge(&catalog::APPLICATION, "web", json!({"operation": {"sync": {}}}));
    story.wait(5).await;
    story.check(expect![[r#"
          update Application web: OutOfSync Missing, operation -
        = OutOfSync Missing at r1, last -
        — sync
          update Application web: OutOfSync Missing, operation Running
          create ConfigMap a
          create ConfigMap b
          update Application web: OutOfSync Missing, operation Running
          update Application web: Synced Healthy, operation Succeeded
        = Synced Healthy at r1, last Succeeded
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn an_application_follows_its_branch_and_undoes_changes_in_the_cluster() {
    let mut story = given(automated(), vec![map("a", "x"), map("b", "y"), map("c", "z")]).await;
    story.wait(5).await;
    story.say("commit r2: b says more, c is gone");
    story.push("r2", Some(vec![map("a", "x"), map("b", "more")]));
    story.wait(200).await;
    story.say("somebody changes a");
    story.merge(&catalog::CONFIG_MAP, "a", json!({"data": {"says": "what somebody wants"}}));
    story.wait(5).await;
    story.say("somebody deletes b");
    story.cluster.store.delete(&catalog::CONFIG_MAP, "shop", "b").unwrap();
    story.wait(10).await;
    story.check(expect![[r#"
          update Application web: OutOfSync Missing, operation Running
          create ConfigMap a
          create ConfigMap b
          create ConfigMap c
          update Application web: OutOfSync Missing, operation Running
          update Application web: Synced Healthy, operation Succeeded
        — commit r2: b says more, c is gone
          update Application web: OutOfSync Healthy, operation Running
          update ConfigMap b
          update Application web: OutOfSync Healthy, operation Running
          update Application web: OutOfSync Healthy, operation Running
          delete ConfigMap c
          update Application web: Synced Healthy, operation Succeeded
        — somebody changes a
          update Application web: OutOfSync Healthy, operation Running
          update ConfigMap a
          update Application web: OutOfSync Healthy, operation Running
          update Application web: Synced Healthy, operation Succeeded
        — somebody deletes b
          delete ConfigMap b
          update Application web: OutOfSync Healthy, operation Running
          create ConfigMap b
          update Application web: OutOfSync Healthy, operation Running
          update Application web: Synced Healthy, operation Succeeded
        = Synced Healthy at r2, last Succeeded
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn an_unchanged_world_gets_no_writes() {
    let mut story = given(automated(), vec![map("a", "x")]).await;
    story.wait(30).await;
    story.writes();
    let (asked, rendered) = story.asked();
    story.wait(3600).await;
    assert_eq!(story.writes(), 0);
    let (asked_after, rendered_after) = story.asked();
    assert_eq!(rendered_after, rendered);
    assert!((20..=31).contains(&(asked_after - asked)), "asked {} times in an hour", asked_after - asked);
}

#[tokio::test(start_paused = true)]
async fn a_commit_that_cannot_be_rendered_deletes_nothing_and_the_next_one_goes_on() {
    let mut story = given(automated(), vec![map("a", "x")]).await;
    story.wait(5).await;
    story.say("commit r2, broken");
    story.push("r2", None);
    story.wait(200).await;
    story.ending();
    story.say("commit r3: nothing at all");
    story.push("r3", Some(Vec::new()));
    story.wait(200).await;
    story.ending();
    story.say("commit r4");
    story.push("r4", Some(vec![map("a", "y")]));
    story.wait(200).await;
    story.check(expect![[r#"
          update Application web: OutOfSync Missing, operation Running
          create ConfigMap a
          update Application web: OutOfSync Missing, operation Running
          update Application web: Synced Healthy, operation Succeeded
        — commit r2, broken
          update Application web: Unknown Healthy, operation Succeeded
        = Unknown Healthy at r1, last Succeeded
          ! ComparisonError: web.yaml: bad indentation
        — commit r3: nothing at all
          update Application web: OutOfSync Healthy, operation Succeeded
        = OutOfSync Healthy at r3, last Succeeded
          ! SyncError: would delete all 1 objects: the source describes none. If that is meant, set syncPolicy.automated.allowEmpty, or: kubectl sluice app sync shop/web --prune
        — commit r4
          update Application web: OutOfSync Healthy, operation Running
          update ConfigMap a
          update Application web: OutOfSync Healthy, operation Running
          update Application web: Synced Healthy, operation Succeeded
        = Synced Healthy at r4, last Succeeded
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn somebody_who_asks_for_a_look_gets_one() {
    let mut story = given(json!({}), vec![map("a", "x")]).await;
    story.wait(5).await;
    story.say("commit r2, and a refresh");
    story.push("r2", Some(vec![map("a", "y")]));
    let refresh = json!({"metadata": {"annotations": {"argocd.argoproj.io/refresh": "normal"}}});
    story.merge(&catalog::APPLICATION, "web", refresh.clone());
    story.wait(3).await;
    assert_eq!(story.application()["metadata"]["annotations"]["argocd.argoproj.io/refresh"], Value::Null);
    story.say("a refresh without news");
    story.merge(&catalog::APPLICATION, "web", refresh);
    story.wait(3).await;
    story.check(expect![[r#"
          update Application web: OutOfSync Missing, operation -
        — commit r2, and a refresh
          update Application web: OutOfSync Missing, operation -
        — a refresh without news
          update Application web: OutOfSync Missing, operation -
        = OutOfSync Missing at r2, last -
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn hooks_run_before_and_after_and_a_process_that_dies_runs_none_twice() {
    let hook = |name: &str, when: &str| {
        let pod = json!({"spec": {"restartPolicy": "Never", "containers": [{"name": "main", "image": "x"}]}});
        object(
            &format!("Job {name}"),
            json!({"metadata": {"annotations": {"argocd.argoproj.io/hook": when}}, "spec": {"template": pod}}),
        )
    };
    let complete = json!({"status": {"succeeded": 1, "conditions": [{"type": "Complete", "status": "True"}]}});
    let objects = vec![map("a", "x"), hook("before", "PreSync"), hook("after", "PostSync")];
    let mut story = given(automated(), objects).await;
    story.wait(5).await;
    story.say("the process dies, and another one starts");
    story.kill();
    story.start();
    story.wait(5).await;
    story.say("the first hook is done");
    story.cluster.store.merge(&catalog::JOB, "shop", "before", Sub::Status, &complete, "job").unwrap();
    story.wait(5).await;
    story.say("the last hook is done");
    story.cluster.store.merge(&catalog::JOB, "shop", "after", Sub::Status, &complete, "job").unwrap();
    story.wait(5).await;
    story.check(expect![[r#"
          update Application web: OutOfSync Missing, operation Running
          create Job before
          update Application web: OutOfSync Missing, operation Running
          update Application web: OutOfSync Missing, operation Running
        — the process dies, and another one starts
          update Application web: OutOfSync Missing, operation Running
          update Application web: OutOfSync Missing, operation Running
        — the first hook is done
          create ConfigMap a
          update Application web: OutOfSync Missing, operation Running
          create Job after
          update Application web: Synced Healthy, operation Running
          update Application web: Synced Healthy, operation Running
        — the last hook is done
          update Application web: Synced Healthy, operation Running
          update Job before
          update Job after
          update Application web: Synced Healthy, operation Succeeded
        = Synced Healthy at r1, last Succeeded
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn with_its_finalizer_an_application_takes_its_objects_with_it() {
    let mut story = given(automated(), vec![map("a", "x"), map("b", "y")]).await;
    let mut own = map("somebodys", "own");
    own["metadata"]["namespace"] = json!("shop");
    story.make(own);
    story.merge(
        &catalog::APPLICATION,
        "web",
        json!({"metadata": {"finalizers": ["resources-finalizer.argocd.argoproj.io/foreground"]}}),
    );
    story.wait(5).await;
    story.say("delete");
    story.cluster.store.delete(&catalog::APPLICATION, "shop", "web").unwrap();
    story.wait(5).await;
    assert_eq!(story.application(), Value::Null);
    assert!(story.get(&catalog::CONFIG_MAP, "somebodys").is_some());
    story.check(expect![[r#"
          update Application web: OutOfSync Missing, operation Running
          create ConfigMap a
          create ConfigMap b
          update Application web: OutOfSync Missing, operation Running
          update Application web: Synced Healthy, operation Succeeded
        — delete
          delete ConfigMap a
          delete ConfigMap b
          delete Application web
        = - - at -, last -
    "#]]);
}

/// A storm found it: what a list lacked was left behind for ever.
#[tokio::test(start_paused = true)]
async fn what_was_not_seen_goes_with_its_application_too() {
    let mut story = given(automated(), vec![map("a", "x"), map("b", "x")]).await;
    let finalizer = json!({"metadata": {"finalizers": ["resources-finalizer.argocd.argoproj.io/background"]}});
    story.merge(&catalog::APPLICATION, "web", finalizer);
    story.wait(5).await;
    story.say("it is deleted, and a controller starts whose lists lack b");
    story.kill();
    story.cluster.store.delete(&catalog::APPLICATION, "shop", "web").unwrap();
    story.start_unaware_of("b");
    story.wait(60).await;
    assert!(story.get(&catalog::APPLICATION, "web").is_none(), "it goes");
    assert!(story.get(&catalog::CONFIG_MAP, "b").is_none(), "nobody else would delete it");
    story.check(expect![[r#"
          update Application web: OutOfSync Missing, operation Running
          create ConfigMap a
          create ConfigMap b
          update Application web: OutOfSync Missing, operation Running
          update Application web: Synced Healthy, operation Succeeded
        — it is deleted, and a controller starts whose lists lack b
          delete ConfigMap a
          update Application web: Synced Healthy, operation Succeeded
          delete ConfigMap b
          delete Application web
        = - - at -, last -
    "#]]);
}
